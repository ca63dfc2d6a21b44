#include "reel/models/formats/atomic_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

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

TEST_CASE("read_file says what is in its way", "[formats]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(read_file(folder / "missing"), Contains("missing: cannot open: No such file"));
  CHECK_THROWS_WITH(read_file(folder.path()), Contains("got a folder"));
  CHECK_THROWS_AS(read_file(""), DataError);
}

}  // namespace
}  // namespace reel
