#include "reel/models/formats/zip.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "models/damaged_file.h"
#include "reel/graph/error.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::accepted_prefix;
using testing::Bytes;
using testing::from_hex;
using testing::harmful_change;
using testing::to_bytes;

/// u.npy, 130 bytes deflated to 70, as numpy.savez_compressed writes it (with ZIP64 fields).
const Bytes kDeflated = from_hex(
    "504b03042d00000008000000210041ee5faeffffffffffffffff05001400752e6e707901001000820000000000000046000000000000009bec"
    "17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e536aa8aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a"
    "9a3a0ab50a14002ee6ff00504b01022d032d00000008000000210041ee5fae4600000082000000050000000000000000000000800100000000"
    "752e6e7079504b05060000000001000100330000007d0000000000");

std::vector<ZipEntry> two_entries() { return {{"config.json", to_bytes("{}")}, {"weights/a", to_bytes("0123456789")}}; }

void read(const Bytes& archive) { read_zip(archive, "test.zip"); }

/// The archive with one text replaced by another of the same length, wherever it stands.
Bytes replaced(Bytes archive, std::string_view from, std::string_view to) {
  const std::span<const std::byte> old = bytes_of(from), fresh = bytes_of(to);
  for (auto at = archive.begin(); (at = std::search(at, archive.end(), old.begin(), old.end())) != archive.end();) {
    at = std::copy(fresh.begin(), fresh.end(), at);
  }
  return archive;
}

TEST_CASE("A written ZIP archive reads back in order and is the same every time", "[formats][zip]") {
  std::vector<ZipEntry> entries = two_entries();
  entries.push_back({"empty", {}});
  entries.push_back({"large", Bytes(1'000'000, std::byte{7})});
  const Bytes archive = write_zip(entries);
  CHECK(archive == write_zip(entries));
  CHECK(archive.size() > 1'000'000);  // stored, not deflated
  std::vector<ZipEntry> back = read_zip(archive, "test.zip");
  REQUIRE(back.size() == entries.size());
  for (size_t i = 0; i < back.size(); ++i) {
    CHECK(back[i].name == entries[i].name);
    CHECK(back[i].bytes == entries[i].bytes);
  }
  CHECK(find_entry(back, "weights/a")->bytes == to_bytes("0123456789"));
  CHECK(find_entry(back, "weights/b") == nullptr);
}

TEST_CASE("An archive without entries is one", "[formats][zip]") {
  CHECK(write_zip({}).size() == 22);
  CHECK(read_zip(write_zip({}), "test.zip").empty());
}

TEST_CASE("Folders in an archive are left out", "[formats][zip]") {
  const std::vector<ZipEntry> entries{{"assets/", {}}, {"assets/a", to_bytes("1")}};
  const std::vector<ZipEntry> back = read_zip(write_zip(entries), "test.zip");
  REQUIRE(back.size() == 1);
  CHECK(back[0].name == "assets/a");
}

TEST_CASE("Deflated entries are unpacked", "[formats][zip]") {
  const std::vector<ZipEntry> entries = read_zip(kDeflated, "test.zip");
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].name == "u.npy");
  CHECK(entries[0].bytes.size() == 130);
}

TEST_CASE("Every truncated archive is refused", "[formats][zip]") {
  CHECK(accepted_prefix(write_zip(two_entries()), read) == "");
  CHECK(accepted_prefix(kDeflated, read) == "");
}

TEST_CASE("No changed byte of an archive does harm, and changed contents are noticed", "[formats][zip]") {
  CHECK(harmful_change(write_zip(two_entries()), read) == "");
  CHECK(harmful_change(kDeflated, read) == "");
  CHECK_THROWS_WITH(read(replaced(write_zip(two_entries()), "0123456789", "0123456780")),
                    Contains("test.zip: weights/a: damaged: CRC error"));
}

TEST_CASE("Two entries of one name are refused, read or written", "[formats][zip]") {
  std::vector<ZipEntry> entries{{"one", to_bytes("1")}, {"two", to_bytes("2")}};
  CHECK_THROWS_WITH(read(replaced(write_zip(entries), "two", "one")), "test.zip: one: appears twice");
  entries[1].name = "one";
  CHECK_THROWS_AS(write_zip(entries), ValueError);
  entries[1].name = "";
  CHECK_THROWS_AS(write_zip(entries), ValueError);
}

TEST_CASE("An archive that unpacks beyond its limits is refused", "[formats][zip]") {
  const auto read_within = [](const ZipLimits& limits) { return read_zip(kDeflated, "test.zip", limits); };
  CHECK(read_within({.entry = 130, .total = 130}).size() == 1);
  CHECK_THROWS_WITH(read_within({.entry = 129}), Contains("unpacks to 130 bytes, over the limit of 129"));
  CHECK_THROWS_WITH(read_within({.total = 129}), Contains("ZIP bomb"));
  // Of all entries together, here 2 and 10 bytes.
  const auto read_all = [](uint64_t total) { return read_zip(write_zip(two_entries()), "test.zip", {.total = total}); };
  CHECK(read_all(12).size() == 2);
  CHECK_THROWS_WITH(read_all(11), Contains("unpacks to over 11 bytes, as a ZIP bomb"));
  CHECK_THROWS_WITH(read_zip(write_zip(two_entries()), "test.zip", {.entries = 1}), Contains("2 entries"));
}

TEST_CASE("Other files are not taken for archives", "[formats][zip]") {
  CHECK_THROWS_WITH(read({}), Contains("test.zip: expected a ZIP archive, got an empty file"));
  CHECK_THROWS_WITH(read(to_bytes("not an archive")), "test.zip: expected a ZIP archive, got what looks like text");
}

}  // namespace
}  // namespace reel
