#include "reel/models/formats/gzip.h"

#include <catch2/catch.hpp>

#include "models/damaged_file.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::accepted_prefix;
using testing::Bytes;
using testing::from_hex;
using testing::harmful_change;

/// gzip of "abc" repeated 100 times, by Python's gzip.compress(..., mtime=0).
const Bytes kFile = from_hex("1f8b08000000000002034b4c4a4e1c45c4210084b8c4d02c010000");

TEST_CASE("Gzip members are unpacked, also several in a row", "[formats][gzip]") {
  CHECK(is_gzip(kFile));
  const Bytes once = gunzip(kFile, "test.gz");
  CHECK(once.size() == 300);
  CHECK(text_of(once).starts_with("abcabc"));
  Bytes twice = kFile;
  twice.insert(twice.end(), kFile.begin(), kFile.end());
  CHECK(gunzip(twice, "test.gz").size() == 600);
}

TEST_CASE("Zeros between and after gzip members are padding", "[formats][gzip]") {
  for (const size_t zeros : {1, 2, 3, 511, 100'000}) {
    Bytes padded = kFile;
    padded.insert(padded.end(), zeros, std::byte{0});
    CHECK(gunzip(padded, "test.gz").size() == 300);
    padded.insert(padded.end(), kFile.begin(), kFile.end());
    CHECK(gunzip(padded, "test.gz").size() == 600);
    padded.insert(padded.end(), {std::byte{0}, std::byte{0x1f}});
    CHECK_THROWS_AS(gunzip(padded, "test.gz"), DataError);
  }
}

TEST_CASE("Damaged, truncated and oversized gzip streams are refused", "[formats][gzip]") {
  const auto read = [](const Bytes& file) { gunzip(file, "test.gz"); };
  CHECK(accepted_prefix(kFile, read) == "");
  CHECK(harmful_change(kFile, read) == "");
  Bytes changed = kFile;
  changed[changed.size() - 8] ^= std::byte{1};  // its checksum
  CHECK_THROWS_WITH(gunzip(changed, "test.gz"), Contains("damaged"));
  changed = kFile;
  changed.push_back(std::byte{'x'});
  CHECK_THROWS_WITH(gunzip(changed, "test.gz"), "test.gz: what follows the gzip stream, from byte 27 on, is no gzip");
  CHECK(gunzip(kFile, "test.gz", 300).size() == 300);
  CHECK_THROWS_WITH(gunzip(kFile, "test.gz", 299), Contains("test.gz: unpacks to over 299 bytes"));
}

}  // namespace
}  // namespace reel
