// A file as the system knows it, and how the system's errors are told.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "reel/graph/error.h"

namespace reel {

/// Throws DataError: "weights.npz: cannot open: Permission denied". `error`: an errno.
[[noreturn]] inline void throw_file_error(const std::string& path, std::string_view action, int error) {
  throw DataError(fmt::format("{}: cannot {}: {}", path, action, std::strerror(error)));
}

/// An open file that closes itself; `close` reports what the destructor has to swallow.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  void reset(int fd) {
    close();
    fd_ = fd;
  }
  bool close() { return fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

}  // namespace reel
