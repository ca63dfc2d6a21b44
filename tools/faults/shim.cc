// A library to preload: makes the calls of the C library on files in one folder fail, or the process die in them.
//
//   REEL_FAULT_FOLDER   what paths have to contain, so that their calls are counted
//   REEL_FAULT_AT       the number of the call, from 1, at which it happens
//   REEL_FAULT          what happens: "before", "after" (SIGKILL around the call), "half" (SIGKILL once half of a write
//   is
//                       done), or an error, "ENOSPC", "EIO", "EROFS", of this call that writes, and those after it
//   REEL_FAULT_CALLS    for so many of the calls; 0: for ever
//   REEL_FAULT_COUNT    a file for the number of calls, when the process ends
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr int kMostFiles = 4096;

std::atomic<long> calls = 0;
std::atomic<bool> is_ours[kMostFiles];

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

const std::string& folder() {
  static const std::string text = variable("REEL_FAULT_FOLDER");
  return text;
}
const std::string& fault() {
  static const std::string text = variable("REEL_FAULT");
  return text;
}
long fault_at() {
  static const long at = std::atol(variable("REEL_FAULT_AT").c_str());
  return at;
}

bool counts(const char* path) { return path != nullptr && !folder().empty() && std::strstr(path, folder().c_str()); }
bool counts(int fd) { return fd >= 0 && fd < kMostFiles && is_ours[fd]; }

int error_of(const std::string& name) {
  return name == "ENOSPC" ? ENOSPC : name == "EIO" ? EIO : name == "EROFS" ? EROFS : 0;
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();
}

template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

/// Makes the call, unless something is to happen. `half`: does half of it.
template <class Do, class Half>
auto call(bool is_counted, bool writes, Do&& make, Half&& half) -> decltype(make()) {
  if (!is_counted) return make();
  const long number = ++calls, at = fault_at();
  if (const int error = error_of(fault())) {
    const long most = std::atol(variable("REEL_FAULT_CALLS").c_str());
    if (at > 0 && writes && number >= at && (most == 0 || number < at + most)) {
      errno = error;
      return -1;
    }
    return make();
  }
  if (at == 0 || number != at) return make();
  if (fault() == "half") half();
  const auto result = fault() == "before" || fault() == "half" ? decltype(make())(0) : make();
  (void)result;
  die();
}

template <class Do>
auto call(bool is_counted, bool writes, Do&& make) {
  return call(is_counted, writes, make, [] {});
}

int opened(const char* path, int flags, mode_t mode, const char* name) {
  const bool is_counted = counts(path), writes = (flags & (O_WRONLY | O_RDWR)) != 0;
  static auto* open = real<int(const char*, int, ...)>("open");
  static auto* open64 = real<int(const char*, int, ...)>("open64");
  const int fd = call(is_counted, writes, [&] {
    return std::strcmp(name, "open") == 0 ? open(path, flags, mode) : open64(path, flags, mode);
  });
  if (fd >= 0 && fd < kMostFiles) is_ours[fd] = is_counted;
  return fd;
}

struct AtEnd {
  ~AtEnd() {
    const std::string path = variable("REEL_FAULT_COUNT");
    if (path.empty()) return;
    if (std::FILE* file = std::fopen(path.c_str(), "w")) {
      std::fprintf(file, "%ld\n", calls.load());
      std::fclose(file);
    }
  }
} at_end;

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(path, flags, mode, "open");
}

int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(path, flags, mode, "open64");
}

ssize_t write(int fd, const void* bytes, size_t count) {
  static auto* next = real<ssize_t(int, const void*, size_t)>("write");
  return call(
      counts(fd), true, [&] { return next(fd, bytes, count); }, [&] { next(fd, bytes, count / 2); });
}

int fsync(int fd) {
  static auto* next = real<int(int)>("fsync");
  return call(counts(fd), true, [&] { return next(fd); });
}

int close(int fd) {
  static auto* next = real<int(int)>("close");
  const bool is_counted = counts(fd);
  if (fd >= 0 && fd < kMostFiles) is_ours[fd] = false;
  return call(is_counted, false, [&] { return next(fd); });
}

int flock(int fd, int operation) noexcept {
  static auto* next = real<int(int, int)>("flock");
  return call(counts(fd), false, [&] { return next(fd, operation); });
}

int fchmod(int fd, mode_t mode) noexcept {
  static auto* next = real<int(int, mode_t)>("fchmod");
  return call(counts(fd), false, [&] { return next(fd, mode); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* next = real<int(const char*, const char*)>("rename");
  return call(counts(to), true, [&] { return next(from, to); });
}

int unlink(const char* path) noexcept {
  static auto* next = real<int(const char*)>("unlink");
  return call(counts(path), false, [&] { return next(path); });
}

int remove(const char* path) noexcept {
  static auto* next = real<int(const char*)>("remove");
  return call(counts(path), false, [&] { return next(path); });
}

}  // extern "C"
