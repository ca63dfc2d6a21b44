#include "reel/models/formats/sha256.h"

#include <catch2/catch.hpp>

#include "reel/models/formats/bytes.h"

namespace reel {
namespace {

// Digests of FIPS 180-4's examples.
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_CASE("SHA-256 matches its published examples", "[formats]") {
  CHECK(sha256_hex({}) == kEmpty);
  CHECK(sha256_hex(bytes_of("abc")) == kAbc);
}

TEST_CASE("SHA-256 takes its input in pieces", "[formats]") {
  Sha256 digest;
  CHECK(digest.hex() == kEmpty);
  digest.update(bytes_of("ab"));
  CHECK(digest.hex() == sha256_hex(bytes_of("ab")));
  digest.update(bytes_of("c"));
  CHECK(digest.hex() == kAbc);
}

}  // namespace
}  // namespace reel
