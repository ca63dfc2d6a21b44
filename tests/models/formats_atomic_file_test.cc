#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/read_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <thread>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::read_text;
using testing::TemporaryFolder;
using testing::write_text;

size_t files_in(const TemporaryFolder& folder) {
  const std::filesystem::directory_iterator files(folder.path());
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

/// No file of this process may grow past `bytes`: a full disk in miniature.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit old_{};
};

TEST_CASE("write_file_atomically creates and replaces whole files", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin";
  const std::string large(300'000, 'x');
  for (const std::string& text : {std::string("first"), large, std::string()}) {
    write_file_atomically(path, bytes_of(text));
    CHECK(read_text(path) == text);
    CHECK(text_of(read_file(path)) == text);
    CHECK(files_in(folder) == 1);
  }
}

TEST_CASE("A write that fails half-way leaves the old file and no temporary one", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin";
  write_text(path, "the old file");
  const std::string large(100'000, 'x');
  std::string message;
  {
    const FileSizeLimit limit(10'000);
    try {
      write_file_atomically(path, bytes_of(large));
    } catch (const DataError& error) {
      message = error.what();
    }
  }
  CHECK_THAT(message, Contains(path) && Contains("File too large"));
  CHECK(read_text(path) == "the old file");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("A write that cannot replace its target leaves no temporary file", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "taken";
  write_text(path + "/inside", "kept");
  CHECK_THROWS_AS(write_file_atomically(path, bytes_of("new")), DataError);
  CHECK(read_text(path + "/inside") == "kept");
  CHECK(files_in(folder) == 1);
  CHECK_THROWS_WITH(write_file_atomically(folder / "missing/model.bin", bytes_of("new")),
                    Contains("missing/model.bin") && Contains("No such file"));
}

TEST_CASE("Replacing a file keeps its permissions and follows its link", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin", link = folder / "latest";
  write_text(path, "old");
  ::chmod(path.c_str(), 0640);
  std::filesystem::create_symlink("model.bin", link);
  write_file_atomically(link, bytes_of("new"));
  CHECK(read_text(path) == "new");
  CHECK(std::filesystem::is_symlink(link));
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
}

/// The name that a process of this number gives its `i`-th temporary file.
std::string temporary_name(const std::string& path, int i) {
  return path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(i);
}

/// More names than this process has used up by now.
constexpr int kNames = 300;

TEST_CASE("Temporary files that killed processes left do not stand in the way, and are removed", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin";
  for (int i = 0; i < kNames; ++i) write_text(temporary_name(path, i), "left over");
  write_text(path + ".tmp-1-0", "left over by another process");
  write_file_atomically(path, bytes_of("new"));
  CHECK(read_text(path) == "new");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("Threads that write one file at a time do not stand in each other's way", "[formats]") {
  constexpr int kThreads = 4, kTimes = 40;
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin", text(300'000, 'x');
  std::atomic<int> failures = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < kThreads; ++i) {
    writers.emplace_back([&] {
      for (int time = 0; time < kTimes; ++time) {
        try {
          write_file_atomically(path, bytes_of(text));
        } catch (const DataError&) {
          ++failures;
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(failures == 0);
  CHECK(read_text(path) == text);
  CHECK(files_in(folder) == 1);
}

TEST_CASE("Only what is stale, and ours, is removed", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin";
  const std::vector<std::string> others{"model.bin.tmp-",    "model.bin.tmp-1",   "model.bin.tmp-1-",
                                        "model.bin.tmp-1-x", "model.bin.tmp-x-1", "model.bin.tmp-1-1.bak",
                                        "other.bin.tmp-1-1"};
  for (const std::string& name : others) write_text(folder / name, "kept");
  write_text(folder / "victim", "kept");
  std::filesystem::create_symlink("victim", path + ".tmp-2-2");
  const int living = ::open((path + ".tmp-1-1").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(::flock(living, LOCK_EX) == 0);
  write_file_atomically(path, bytes_of("new"));
  for (const std::string& name : others) CHECK(read_text(folder / name) == "kept");
  CHECK(std::filesystem::is_symlink(path + ".tmp-2-2"));
  CHECK(std::filesystem::exists(path + ".tmp-1-1"));
  ::close(living);  // as when its process is killed
  write_file_atomically(path, bytes_of("new"));
  CHECK_FALSE(std::filesystem::exists(path + ".tmp-1-1"));
}

TEST_CASE("A link in the place of the temporary file is not followed", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin";
  write_text(folder / "victim", "kept");
  for (int i = 0; i < kNames; ++i) std::filesystem::create_symlink("victim", temporary_name(path, i));
  write_file_atomically(path, bytes_of("new"));
  CHECK(read_text(path) == "new");
  CHECK(read_text(folder / "victim") == "kept");
}

TEST_CASE("A process that is killed while it writes leaves the old file, and the next one writes", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin";
  write_text(path, "the old file");
  const std::string large(100'000, 'x');
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // The system kills it in the middle of the write.
    std::signal(SIGXFSZ, SIG_DFL);
    const rlimit limit{10'000, 10'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    write_file_atomically(path, bytes_of(large));
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(read_text(path) == "the old file");
  CHECK(files_in(folder) == 2);
  write_file_atomically(path, bytes_of(large));
  CHECK(read_text(path) == large);
  CHECK(files_in(folder) == 1);
}

TEST_CASE("Links are followed to files that are not there yet, and names may be as long as a folder allows",
          "[formats]") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("second", folder / "first");
  std::filesystem::create_symlink("model.bin", folder / "second");
  write_file_atomically(folder / "first", bytes_of("new"));
  CHECK(read_text(folder / "model.bin") == "new");
  CHECK(std::filesystem::is_symlink(folder / "first"));
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_THROWS_WITH(write_file_atomically(folder / "loop", bytes_of("new")), Contains("Too many levels"));
  const std::string name(255, 'n');
  write_file_atomically(folder / name, bytes_of("new"));
  CHECK(read_text(folder / name) == "new");
}

TEST_CASE("What cannot be written is known beforehand", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.bin";
  check_writable(path);
  write_text(path, "old");
  check_writable(path);
  check_writable("/dev/null");
  CHECK(files_in(folder) == 1);
  CHECK_THROWS_WITH(check_writable(folder.path()), Contains(folder.path() + ": is a folder"));
  CHECK_THROWS_WITH(check_writable(folder / "missing/model.bin"), Contains("No such file"));
  CHECK_THROWS_WITH(check_writable(path + "/model.bin"), Contains("Not a directory"));
  CHECK_THROWS_WITH(check_writable(folder / std::string(256, 'n')), Contains("name too long"));
  {
    const FileSizeLimit limit(10'000);
    check_writable(path, 10'000);
    CHECK_THROWS_WITH(check_writable(path, 10'001), Contains("model.bin: cannot write 10001 bytes: File too large"));
  }
  CHECK(read_text(path) == "old");
  CHECK(files_in(folder) == 1);
  if (::geteuid() == 0) return;  // who may do all
  ::chmod(path.c_str(), 0444);
  CHECK_THROWS_WITH(check_writable(path), Contains("model.bin: cannot write: Permission denied"));
  CHECK_THROWS_AS(write_file_atomically(path, bytes_of("new")), DataError);
  CHECK(read_text(path) == "old");
}

TEST_CASE("read_file reads a pipe, and no device", "[formats]") {
  const TemporaryFolder folder;
  const std::string path = folder / "pipe", text(200'000, 'x');
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(path) << text; });
  CHECK(text_of(read_file(path)) == text);
  writer.join();
  CHECK_THROWS_WITH(read_file("/dev/zero"), Contains("/dev/zero: expected a file, got a device"));
  const std::string sparse = folder / "sparse";
  write_text(sparse, "x");
  std::filesystem::resize_file(sparse, uintmax_t{1} << 43);
  CHECK_THROWS_WITH(read_file(sparse), Contains("not enough memory for ") && Contains("sparse: 8.8 TB"));
}

TEST_CASE("read_file says what is in its way", "[formats]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(read_file(folder / "missing"), Contains("missing: cannot open: No such file"));
  CHECK_THROWS_WITH(read_file(folder.path()), Contains("got a folder"));
  CHECK_THROWS_AS(read_file(""), DataError);
}

}  // namespace
}  // namespace reel
