#include "reel/models/data/utf16.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {
namespace {

constexpr std::string_view kLittleEndian = "\xff\xfe", kBigEndian = "\xfe\xff";

bool is_high_surrogate(char32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low_surrogate(char32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

void append_utf8(std::string& out, char32_t code) {
  const auto follow = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    follow(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    follow(6), follow(0);
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    follow(12), follow(6), follow(0);
  }
}

}  // namespace

bool is_utf32(std::string_view bytes) {
  using namespace std::string_view_literals;
  return bytes.starts_with("\xff\xfe\0\0"sv) || bytes.starts_with("\0\0\xfe\xff"sv);
}

bool is_utf16(std::string_view bytes) {
  return (bytes.starts_with(kBigEndian) || bytes.starts_with(kLittleEndian)) && !is_utf32(bytes);
}

std::string utf8_of_utf16(std::string_view bytes, std::string_view source) {
  if (bytes.size() % 2 != 0) {
    throw DataError(fmt::format("{}: UTF-16 has two bytes a character, got {} bytes", source, bytes.size()));
  }
  const size_t high = bytes.starts_with(kBigEndian) ? 0 : 1;
  const auto unit_at = [&](size_t at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
    return static_cast<char32_t>(byte(high) << 8 | byte(1 - high));
  };
  std::string out;
  out.reserve(bytes.size() / 2);
  for (size_t at = 2; at < bytes.size(); at += 2) {
    char32_t code = unit_at(at);
    const bool has_low = is_high_surrogate(code) && at + 2 < bytes.size() && is_low_surrogate(unit_at(at + 2));
    if (has_low) {
      code = 0x10000 + ((code - 0xd800) << 10) + (unit_at(at + 2) - 0xdc00);
      at += 2;
    } else if (is_high_surrogate(code) || is_low_surrogate(code)) {
      code = 0xfffd;
    }
    append_utf8(out, code);
  }
  return out;
}

}  // namespace reel
