// What a file's writer asks of the system, and in which order: a crash of the machine leaves the old file or the new.
// The calls go through functions of this program, which tell of them while a test listens.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/bytes.h"

namespace {

/// What was called, as long as one listens.
struct Calls {
  std::mutex mutex;
  bool listens = false, refuses_to_flush = false;
  std::vector<std::string> made;

  /// Whether the call is to fail.
  bool tell(const std::string& call) {
    const std::lock_guard lock(mutex);
    if (listens) made.push_back(call);
    return listens && refuses_to_flush;
  }
};

Calls& calls() {
  static Calls instance;
  return instance;
}

std::string file_of(int fd) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error).filename().string();
}

}  // namespace

extern "C" int fsync(int fd) {
  if (calls().tell("flush " + file_of(fd))) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

extern "C" int rename(const char* from, const char* to) noexcept {
  calls().tell("rename to " + std::filesystem::path(to).filename().string());
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

namespace reel {
namespace {

using testing::read_text;
using testing::TemporaryFolder;

/// Listens to calls while it lives.
class Listener {
 public:
  explicit Listener(bool refuses_to_flush) {
    const std::lock_guard lock(calls().mutex);
    calls().made.clear();
    calls().listens = true;
    calls().refuses_to_flush = refuses_to_flush;
  }
  ~Listener() {
    const std::lock_guard lock(calls().mutex);
    calls().listens = false;
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::vector<std::string> made() const {
    const std::lock_guard lock(calls().mutex);
    return calls().made;
  }
};

TEST_CASE("A file is on the disk before it has its name, and its name before the writer returns", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin";
  const Listener listener(false);
  write_file_atomically(path, bytes_of("new"));
  const std::vector<std::string> made = listener.made();
  REQUIRE(made.size() == 3);
  CHECK_THAT(made[0], Catch::StartsWith("flush model.bin.tmp-"));
  CHECK(made[1] == "rename to model.bin");
  CHECK(made[2] == "flush " + std::filesystem::path(folder.path()).filename().string());
}

TEST_CASE("A file that the disk does not take replaces nothing", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin";
  write_file_atomically(path, bytes_of("old"));
  {
    const Listener listener(true);
    CHECK_THROWS_WITH(write_file_atomically(path, bytes_of("new")),
                      Catch::Contains("cannot flush: Input/output error"));
    CHECK(listener.made().size() == 1);
  }
  CHECK(read_text(path) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

}  // namespace
}  // namespace reel
