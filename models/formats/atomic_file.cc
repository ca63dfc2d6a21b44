#include "reel/models/formats/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "reel/graph/error.h"

namespace reel {
namespace {

[[noreturn]] void fail(const std::string& path, std::string_view action, int error) {
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
  bool close() { return fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

/// A file that is removed again unless `keep` was called.
class Temporary {
 public:
  explicit Temporary(std::string path) : path_(std::move(path)) {}
  ~Temporary() {
    if (!kept_) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

/// The file a write to `path` must replace: renaming onto a link would replace the link instead.
std::string resolve_link(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  const std::filesystem::path target = std::filesystem::canonical(path, error);
  return error ? path : target.string();
}

/// A name beside `target` that no other thread or process uses at the same time.
std::string temporary_name(const std::string& target) {
  static std::atomic<unsigned> counter{0};
  return fmt::format("{}.tmp-{}-{}", target, ::getpid(), counter++);
}

void write_all(int fd, const std::string& path, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path, "write", errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

/// Makes the rename itself durable. Some file systems cannot flush a folder, and say so with EINVAL.
void flush_folder(const std::string& target) {
  const std::filesystem::path parent = std::filesystem::path(target).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return;  // a folder may be writable without being readable
  if (::fsync(fd.get()) != 0 && errno != EINVAL && errno != ENOTSUP) fail(target, "flush its folder", errno);
}

/// A device or pipe takes bytes; renaming a file over it would destroy it.
void write_in_place(const std::string& path, std::span<const std::byte> bytes) {
  Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0) fail(path, "open", errno);
  write_all(fd.get(), path, bytes);
  if (!fd.close()) fail(path, "close", errno);
}

}  // namespace

void write_file_atomically(const std::string& path, std::span<const std::byte> bytes) {
  const std::string target = resolve_link(path);
  struct stat old;
  const bool exists = ::stat(target.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) fail(path, "write", EISDIR);
  if (exists && !S_ISREG(old.st_mode)) return write_in_place(path, bytes);
  const std::string name = temporary_name(target);
  Descriptor fd(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (fd.get() < 0) fail(path, "create a temporary file beside it", errno);
  Temporary temporary(name);
  if (exists && ::fchmod(fd.get(), old.st_mode & 07777) != 0) fail(path, "set permissions", errno);
  write_all(fd.get(), path, bytes);
  if (::fsync(fd.get()) != 0) fail(path, "flush", errno);
  if (!fd.close()) fail(path, "close", errno);
  if (::rename(temporary.path().c_str(), target.c_str()) != 0) fail(path, "replace", errno);
  temporary.keep();
  flush_folder(target);
}

std::vector<std::byte> read_file(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) fail(path, "open", errno);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) fail(path, "read", errno);
  if (S_ISDIR(status.st_mode)) throw DataError(fmt::format("{}: expected a file, got a folder", path));
  // One byte more than the size, so that the read which finds the end needs no larger buffer. The size is a hint: a
  // pipe has none, and a file may grow while it is read.
  std::vector<std::byte> bytes(static_cast<size_t>(std::max<off_t>(status.st_size, 0)) + 1);
  size_t used = 0;
  while (true) {
    if (used == bytes.size()) bytes.resize(std::max<size_t>(2 * used, 1 << 16));
    const ssize_t count = ::read(fd.get(), bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, "read", errno);
    if (count == 0) break;
    used += static_cast<size_t>(count);
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace reel
