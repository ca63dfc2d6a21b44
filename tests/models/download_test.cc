#include "reel/models/formats/download.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "models/http_server.h"
#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/sha256.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::HttpServer;
using testing::ranged_response;
using testing::read_text;
using testing::response;
using testing::ScopedVariable;
using testing::TemporaryFolder;
using testing::write_text;

/// 100,000 bytes of which no two stretches are alike.
std::string make_body() {
  std::string body;
  for (int i = 0; body.size() < 100000; ++i) body += std::to_string(i) + ' ';
  return body;
}

struct Fixture {
  ScopedVariable no_proxy{"no_proxy", "127.0.0.1"};
  TemporaryFolder folder;
  std::string target = folder / "new/file.bin";
  std::string part = target + ".part";
  std::string body = make_body();
  std::string checksum = sha256_hex(bytes_of(body));

  bool exists(const std::string& path) const { return std::filesystem::exists(path); }
};

TEST_CASE_METHOD(Fixture, "download makes the folder, writes the file and reports progress", "[download]") {
  HttpServer server([this](const std::string&) { return response("200 OK", body); });
  int64_t last = 0, last_total = 0;
  bool grows = true;
  download(server.url("file.bin"), target, checksum, [&](int64_t done, int64_t total) {
    grows = grows && done > last;
    last = done;
    last_total = total;
  });
  CHECK(read_text(target) == body);
  CHECK_FALSE(exists(part));
  CHECK(grows);
  CHECK(last == static_cast<int64_t>(body.size()));
  CHECK(last_total == static_cast<int64_t>(body.size()));
  REQUIRE(server.stop().size() == 1);
  CHECK_THAT(server.stop()[0], Contains("GET /file.bin HTTP") && !Contains("Range:"));
}

TEST_CASE_METHOD(Fixture, "download goes on where a broken connection stopped", "[download]") {
  bool breaks = true;
  HttpServer server([&](const std::string& request) {
    if (!breaks) return ranged_response(request, body);
    breaks = false;
    return response("200 OK", body.substr(0, 30000), "", body.size());
  });
  CHECK_THROWS_WITH(download(server.url("f"), target, checksum), Contains("cannot download"));
  CHECK_FALSE(exists(target));
  CHECK(read_text(part) == body.substr(0, 30000));

  int64_t first = 0, total = 0;
  download(server.url("f"), target, checksum, [&](int64_t done, int64_t all) {
    if (first == 0) first = done;
    total = all;
  });
  CHECK(read_text(target) == body);
  CHECK_FALSE(exists(part));
  CHECK(first > 30000);
  CHECK(total == static_cast<int64_t>(body.size()));
  CHECK_THAT(server.stop().back(), Contains("Range: bytes=30000-"));
}

TEST_CASE_METHOD(Fixture, "download starts again where it cannot go on", "[download]") {
  SECTION("the server knows no ranges") {
    write_text(part, body.substr(0, 500));
    HttpServer server([this](const std::string&) { return response("200 OK", body); });
    download(server.url("f"), target, checksum);
  }
  SECTION("the part is of another file") {
    write_text(part, "something else");
    HttpServer server([this](const std::string& request) { return ranged_response(request, body); });
    download(server.url("f"), target, checksum);
    CHECK(server.stop().size() == 2);
  }
  SECTION("the part is longer than the file") {
    write_text(part, body + "and more");
    HttpServer server([this](const std::string& request) { return ranged_response(request, body); });
    download(server.url("f"), target, checksum);
  }
  SECTION("the part is complete") {
    write_text(part, body);
    HttpServer server([this](const std::string& request) { return ranged_response(request, body); });
    download(server.url("f"), target, checksum);
    CHECK(server.stop().size() == 1);
  }
  SECTION("a file of this machine") {
    write_text(part, body + "and more");
    write_text(folder / "source", body);
    download("file://" + folder / "source", target, checksum);
  }
  CHECK(read_text(target) == body);
  CHECK_FALSE(exists(part));
}

TEST_CASE_METHOD(Fixture, "download throws away what has the wrong checksum, and keeps the old file", "[download]") {
  write_text(target, "old");
  HttpServer server([](const std::string&) { return response("200 OK", "not what was asked for"); });
  CHECK_THROWS_WITH(download(server.url("f"), target, checksum),
                    Contains("SHA-256 of its 22 bytes is ") && Contains("expected " + checksum));
  CHECK(read_text(target) == "old");
  CHECK_FALSE(exists(part));
  CHECK_THROWS_WITH(download(server.url("f"), target, std::string(32, '0')),
                    Contains("MD5 of its 22 bytes is 4218cfdb06536a3d329a84e37e6db289"));
  CHECK_THROWS_AS(download(server.url("f"), target, "abc"), ValueError);
}

TEST_CASE_METHOD(Fixture, "download checks MD5 where that is what is known", "[download]") {
  write_text(folder / "source", "The quick brown fox jumps over the lazy dog");
  download("file://" + folder / "source", target, "9e107d9d372bb6826bd81d3542a419d6");
  CHECK(read_text(target) == "The quick brown fox jumps over the lazy dog");
}

TEST_CASE_METHOD(Fixture, "download takes nothing but the whole file for it", "[download]") {
  std::string status = "206 Partial Content", headers = "Content-Range: bytes 5-9/10\r\n";
  HttpServer server([&](const std::string&) { return response(status, "56789", headers); });
  CHECK_THROWS_WITH(download(server.url("f"), target, ""), Contains("status 206, a part of the file, expected 200"));
  CHECK_THROWS_WITH(download(server.url("f"), target, checksum), Contains("status 206"));
  status = "204 No Content", headers = "";
  CHECK_THROWS_WITH(download(server.url("f"), target, ""), Contains("status 204, expected 200"));
  CHECK_THROWS_WITH(download("file://" + (folder / ""), target, ""), Contains("expected a file, got a folder"));
  CHECK_FALSE(exists(target));
  CHECK_FALSE(exists(part));
}

TEST_CASE_METHOD(Fixture, "download reports an error of the server, and no server, quickly", "[download]") {
  HttpServer server([](const std::string&) { return response("404 Not Found", "<html>no such page</html>"); });
  CHECK_THROWS_WITH(download(server.url("f"), target, checksum), Contains("404"));
  const std::string url = server.url("f");
  server.stop();
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(download(url, target, checksum), DataError);
  CHECK_THROWS_WITH(download("http://nowhere.invalid/f", target, checksum), Contains("nowhere.invalid"));
  CHECK_THROWS_AS(download("gopher://127.0.0.1/f", target, checksum), DataError);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(12));
  CHECK_FALSE(exists(target));
  CHECK_FALSE(exists(part));
}

TEST_CASE_METHOD(Fixture, "download can be given up, and two downloads of one file do not mix", "[download]") {
  HttpServer server([this](const std::string& request) { return ranged_response(request, body); });
  struct GivenUp {};
  CHECK_THROWS_AS(download(server.url("f"), target, checksum, [](int64_t, int64_t) { throw GivenUp(); }), GivenUp);
  CHECK_FALSE(exists(target));

  write_text(part, "of the other process");
  const int other = ::open(part.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(other, LOCK_EX) == 0);
  CHECK_THROWS_WITH(download(server.url("f"), target, checksum), Contains("another process"));
  CHECK(read_text(part) == "of the other process");
  ::close(other);
}

TEST_CASE_METHOD(Fixture, "download takes no more than it may, whatever is sent or announced", "[download]") {
  const int64_t most = 50'000;
  std::string answer;
  SECTION("a length is announced") { answer = response("200 OK", body); }
  SECTION("a huge length is announced") { answer = response("200 OK", "a few bytes", "", size_t{1} << 50); }
  SECTION("nothing is announced") { answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body; }
  SECTION("the rest of a part is too long") {
    write_text(part, body.substr(0, 40'000));
    answer = "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nContent-Range: bytes 40000-99999/100000\r\n\r\n" +
             body.substr(40'000);
  }
  HttpServer server([&](const std::string&) { return answer; });
  CHECK_THROWS_WITH(download(server.url("f"), target, checksum, {}, most), Contains("has over 50000 bytes"));
  CHECK_FALSE(exists(target));
  CHECK_FALSE(exists(part));
}

TEST_CASE_METHOD(Fixture, "download takes a file of just the size that it may have", "[download]") {
  const auto size = static_cast<int64_t>(body.size());
  write_text(part, body + "and more");
  HttpServer server([this](const std::string& request) { return ranged_response(request, body); });
  download(server.url("f"), target, checksum, {}, size);
  CHECK(read_text(target) == body);
  write_text(folder / "source", body);
  CHECK_THROWS_WITH(download("file://" + folder / "source", target, checksum, {}, size - 1), Contains("has over"));
  CHECK_THROWS_WITH(download("file:///dev/zero", target, checksum, {}, size), Contains("has over"));
  CHECK(read_text(target) == body);
}

TEST_CASE_METHOD(Fixture, "download writes through no link, and to nothing but a file", "[download]") {
  write_text(folder / "victim", "kept");
  write_text(folder / "source", body);
  std::filesystem::create_directories(folder / "new");
  SECTION("a symbolic link") { std::filesystem::create_symlink(folder / "victim", part); }
  SECTION("a link to nothing") { std::filesystem::create_symlink(folder / "missing", part); }
  SECTION("a second name") { std::filesystem::create_hard_link(folder / "victim", part); }
  SECTION("a pipe") { REQUIRE(::mkfifo(part.c_str(), 0600) == 0); }
  CHECK_THROWS_WITH(download("file://" + folder / "source", target, checksum),
                    Contains("file.bin.part: expected a part of a file, got a link or no file"));
  CHECK(read_text(folder / "victim") == "kept");
  CHECK_FALSE(exists(folder / "missing"));
  CHECK_FALSE(exists(target));
}

TEST_CASE_METHOD(Fixture, "download without a checksum trusts no part that is there", "[download]") {
  write_text(part, "of another file, which nothing would find out");
  HttpServer server([this](const std::string& request) { return ranged_response(request, body); });
  download(server.url("f"), target, "");
  CHECK(read_text(target) == body);
}

TEST_CASE_METHOD(Fixture, "download is redirected to http alone", "[download]") {
  write_text(folder / "secret", body);
  HttpServer server([this](const std::string&) {
    return response("302 Found", "", "Location: file://" + (folder / "secret") + "\r\n");
  });
  CHECK_THROWS_WITH(download(server.url("f"), target, checksum), Contains("cannot download"));
  CHECK_FALSE(exists(target));
}

TEST_CASE_METHOD(Fixture, "download says which folder cannot be made", "[download]") {
  write_text(folder / "new", "a file where the folder should be");
  CHECK_THROWS_WITH(download("file:///dev/null", target, ""), Contains(folder / "new"));
}

}  // namespace
}  // namespace reel
