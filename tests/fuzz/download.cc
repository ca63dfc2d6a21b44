// Reads: models/formats/download.cc
#include "reel/models/formats/download.h"

#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "fuzz.h"
#include "models/http_server.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/formats/sha256.h"

namespace reel::fuzz {
namespace {

/// What the server answers with, on a thread of its own.
std::string answer;
std::mutex answer_mutex;

/// Every request reaches the server, wherever a redirection leads: it is set as the proxy.
void start_server() {
  static const testing::HttpServer server([](const std::string&) {
    const std::scoped_lock lock(answer_mutex);
    return answer;
  });
  for (const char* variable : {"http_proxy", "https_proxy", "all_proxy"}) ::setenv(variable, server.url("").c_str(), 1);
  ::unsetenv("no_proxy");
  ::unsetenv("NO_PROXY");
}

}  // namespace

/// The first byte says what is there before the answer comes: part of a file, a checksum. The rest is the answer.
void read(std::span<const std::byte> input) {
  static const bool started = (start_server(), true);
  if (!started || input.empty()) return;
  const auto options = std::to_integer<unsigned>(input[0]);
  {
    const std::scoped_lock lock(answer_mutex);
    answer = text_of(input.subspan(1));
  }
  const std::string body = "0123456789";
  const std::string target = file_of({}, "target"), part = file_of(bytes_of(options & 1 ? "01234" : ""), "target.part");
  const std::string checksum = options & 2 ? sha256_hex(bytes_of(body)) : options & 4 ? std::string(32, '0') : "";
  download("http://reel.invalid/file", target, checksum,
           [](int64_t done, int64_t total) { require(done >= 0 && total >= 0, "progress that is negative"); });
  require(!std::filesystem::exists(part), "the part file was left");
  require(!(options & 2) || text_of(read_file(target)) == body, "a file of another checksum was taken");
}

}  // namespace reel::fuzz
