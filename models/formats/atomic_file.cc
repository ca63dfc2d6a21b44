#include "reel/models/formats/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "reel/models/formats/descriptor.h"

namespace reel {
namespace {

/// Names of the temporary files beside `target`: this, a process number, "-" and a counter.
std::string temporary_prefix(const std::filesystem::path& target) {
  constexpr size_t kMostOfName = 200;  // a file's name has up to 255 bytes
  return target.filename().string().substr(0, kMostOfName) + ".tmp-";
}

bool is_temporary_name(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  constexpr std::string_view kDigits = "0123456789";
  const size_t dash = std::min(name.find_first_not_of(kDigits), name.size());
  const std::string_view counter = name.substr(std::min(dash + 1, name.size()));
  return dash > 0 && dash < name.size() && name[dash] == '-' && !counter.empty() &&
         counter.find_first_not_of(kDigits) == counter.npos;
}

/// Whether the open file is still what stands at `path`.
bool stands_at(int fd, const std::string& path) {
  struct stat open, standing;
  return ::fstat(fd, &open) == 0 && ::lstat(path.c_str(), &standing) == 0 && open.st_dev == standing.st_dev &&
         open.st_ino == standing.st_ino;
}

/// Removes a temporary file that a process left when it was killed. As long as one writes it, it is locked.
void remove_if_stale(const std::string& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status;
  if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid())
    return;
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && stands_at(fd.get(), path)) ::unlink(path.c_str());
}

void sweep_stale(const std::filesystem::path& target) {
  const std::string prefix = temporary_prefix(target);
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (is_temporary_name(at->path().filename().string(), prefix)) remove_if_stale(at->path().string());
  }
}

/// A new file beside `target`, locked, which is removed again unless `keep` was called. Process numbers repeat, in
/// containers above all, so a name may be taken: then the next one is tried.
class Temporary {
 public:
  Temporary(const std::string& path, const std::filesystem::path& target) : fd_(-1) {
    constexpr int kMostTries = 1000;
    static std::atomic<unsigned> counter{0};
    const std::filesystem::path prefix = target.parent_path() / temporary_prefix(target);
    for (int tries = 0; tries < kMostTries; ++tries) {
      path_ = fmt::format("{}{}-{}", prefix.string(), ::getpid(), counter++);
      fd_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));  // follows no link
      if (fd_.get() < 0 && errno == EEXIST) continue;
      if (fd_.get() < 0) throw_file_error(path, "create a temporary file beside it", errno);
      // Another process may have found the file before it was locked, and have taken it for stale. Some file systems
      // have no locks; there nothing is swept either.
      const bool is_locked = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
      if (is_locked && stands_at(fd_.get(), path_)) return;
    }
    throw_file_error(path, "create a temporary file beside it", EEXIST);
  }
  ~Temporary() {
    if (!kept_ && fd_.get() >= 0) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  Descriptor fd_;
  std::string path_;
  bool kept_ = false;
};

/// What a write to `path` replaces or writes to.
struct Destination {
  std::string target;
  bool exists = false;
  mode_t mode = 0;
};

Destination destination_of(const std::string& path) {
  Destination to{.target = resolve_links(path)};
  struct stat old;
  to.exists = ::stat(to.target.c_str(), &old) == 0;
  if (!to.exists && errno != ENOENT) throw_file_error(path, "write", errno);
  to.mode = to.exists ? old.st_mode : 0;
  if (to.exists && S_ISDIR(to.mode)) throw DataError(fmt::format("{}: is a folder, expected the name of a file", path));
  // Who may not write a file may still replace it, where the folder allows that; it was not meant.
  if (to.exists && ::access(to.target.c_str(), W_OK) != 0) throw_file_error(path, "write", errno);
  return to;
}

void write_all(int fd, const std::string& path, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_file_error(path, "write", errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

/// Makes the rename itself durable. Some file systems cannot flush a folder, and say so with EINVAL.
void flush_folder(const std::string& target) {
  const std::filesystem::path parent = std::filesystem::path(target).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return;  // a folder may be writable without being readable
  if (::fsync(fd.get()) != 0 && errno != EINVAL && errno != ENOTSUP)
    throw_file_error(target, "flush its folder", errno);
}

/// A device or pipe takes bytes; renaming a file over it would destroy it.
void write_in_place(const std::string& path, std::span<const std::byte> bytes) {
  Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0) throw_file_error(path, "open", errno);
  write_all(fd.get(), path, bytes);
  if (!fd.close()) throw_file_error(path, "close", errno);
}

}  // namespace

std::string resolve_links(const std::string& path) {
  constexpr int kMostLinks = 40;  // as many as Linux follows
  std::filesystem::path target = path;
  std::error_code error;
  for (int links = 0; std::filesystem::is_symlink(target, error); ++links) {
    if (links == kMostLinks) throw_file_error(path, "open", ELOOP);
    target = target.parent_path() / std::filesystem::read_symlink(target, error);
    if (error) throw_file_error(path, "open", error.value());
  }
  return target.string();
}

void check_writable(const std::string& path, uint64_t bytes) {
  const Destination to = destination_of(path);
  if (to.exists && !S_ISREG(to.mode)) return;
  const Temporary temporary(path, to.target);
  if (bytes == 0 || ::fallocate(temporary.fd(), 0, 0, static_cast<off_t>(bytes)) == 0) return;
  const bool is_unknown = errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL;  // some file systems cannot tell
  if (!is_unknown) throw_file_error(path, fmt::format("write {} bytes", bytes), errno);
}

void write_file_atomically(const std::string& path, std::span<const std::byte> bytes) {
  const Destination to = destination_of(path);
  if (to.exists && !S_ISREG(to.mode)) return write_in_place(path, bytes);
  sweep_stale(to.target);
  Temporary temporary(path, to.target);
  if (to.exists && ::fchmod(temporary.fd(), to.mode & 07777) != 0) throw_file_error(path, "set permissions", errno);
  write_all(temporary.fd(), path, bytes);
  if (::fsync(temporary.fd()) != 0) throw_file_error(path, "flush", errno);
  if (::rename(temporary.path().c_str(), to.target.c_str()) != 0) throw_file_error(path, "replace", errno);
  temporary.keep();
  flush_folder(to.target);
}

}  // namespace reel
