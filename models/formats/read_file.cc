#include "reel/models/formats/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "reel/graph/error.h"
#include "reel/graph/machine_memory.h"
#include "reel/models/formats/descriptor.h"

namespace reel {
namespace {

/// What is read beyond the size that a file says it has; a pipe says 0.
constexpr size_t kMostUnannounced = size_t{512} << 20;

}  // namespace

std::vector<std::byte> read_file(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) throw_file_error(path, "open", errno);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) throw_file_error(path, "read", errno);
  if (S_ISDIR(status.st_mode)) throw DataError(fmt::format("{}: expected a file, got a folder", path));
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    throw DataError(fmt::format("{}: expected a file, got a device", path));
  }
  const auto size = static_cast<size_t>(std::max<off_t>(status.st_size, 0));
  if (size >= machine_memory()) refuse_memory(size, path);
  // One byte more than the size, so that the read which finds the end needs no larger buffer. The size is a hint: a
  // pipe has none, and a file may grow while it is read.
  std::vector<std::byte> bytes(size + 1);
  size_t used = 0;
  while (true) {
    if (used == bytes.size()) {
      if (used > size + kMostUnannounced) {
        throw DataError(fmt::format("{}: gives over {} bytes, expected at most {} more than the {} of its size", path,
                                    used, kMostUnannounced, size));
      }
      const size_t room = std::max<size_t>(2 * used, 1 << 16);
      bytes.reserve(room);
      bytes.resize(room);
    }
    const ssize_t count = ::read(fd.get(), bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_file_error(path, "read", errno);
    if (count == 0) break;
    used += static_cast<size_t>(count);
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace reel
