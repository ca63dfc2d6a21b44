#include "reel/graph/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace reel {
namespace {

struct Range {
  char32_t first, last;
};

/// Characters without a shape of their own that change how others look: Unicode's categories Cc, Zl and Zp, and of Cf
/// those that stand for nothing.
constexpr std::array kUnseen{
    Range{0x0000, 0x001f},   Range{0x007f, 0x009f},   Range{0x00ad, 0x00ad}, Range{0x061c, 0x061c},
    Range{0x180e, 0x180e},   Range{0x200b, 0x200f},   Range{0x2028, 0x202e}, Range{0x2060, 0x206f},
    Range{0xfeff, 0xfeff},   Range{0xfff9, 0xfffb},   Range{0xfffe, 0xffff}, Range{0x1bca0, 0x1bca3},
    Range{0x1d173, 0x1d17a}, Range{0xe0000, 0xe0fff},
};

bool is_unseen(char32_t code) {
  return std::ranges::any_of(kUnseen, [=](const Range& range) { return range.first <= code && code <= range.last; });
}

bool is_plain_ascii(char c) { return c >= ' ' && c < 0x7f; }

void append_escape(std::string& out, const FirstCharacter& character) {
  const auto code = static_cast<uint32_t>(character.code);
  switch (code) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (!character.is_valid || code < 0x80) {
    out += fmt::format("\\x{:02x}", code);
  } else {
    out += code > 0xffff ? fmt::format("\\U{:08x}", code) : fmt::format("\\u{:04x}", code);
  }
}

/// The first `most` characters of `text`; what follows them is taken off `text`'s front.
std::string take_printable(std::string_view& text, size_t most) {
  std::string out;
  for (size_t count = 0; count < most && !text.empty(); ++count) {
    const FirstCharacter character = first_character(text);
    if (character.is_valid && !is_unseen(character.code)) {
      out += text.substr(0, character.bytes);
    } else {
      append_escape(out, character);
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace

FirstCharacter first_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const FirstCharacter invalid{byte(0), 1, false};
  if (byte(0) < 0x80) return {byte(0), 1, true};
  const size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < size) return invalid;
  char32_t code = byte(0) & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return invalid;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kSmallest[size] || is_surrogate || code > 0x10ffff) return invalid;
  return {code, size, true};
}

std::string printable(std::string_view text) {
  if (std::ranges::all_of(text, is_plain_ascii)) return std::string(text);
  return take_printable(text, text.size());
}

std::string excerpt(std::string_view text, size_t most) {
  std::string out = take_printable(text, most);
  return text.empty() ? out : out + "...";
}

}  // namespace reel
