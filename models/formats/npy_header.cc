// The header of an NPY file is a Python dictionary in text. It is read by its small grammar and never evaluated.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "reel/graph/error.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/npy.h"

namespace reel {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
/// Far above the header of any plain array; NumPy itself stops at 10,000.
constexpr size_t kMaxHeader = 1 << 16;

/// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with its keys in any order.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view source) : text_(text), source_(source) {}

  NpyHeader parse() {
    NpyHeader header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !std::exchange(descr, true)) {
        header.descr = quoted();
      } else if (key == "fortran_order" && !std::exchange(order, true)) {
        header.fortran_order = boolean();
      } else if (key == "shape" && !std::exchange(shape, true)) {
        header.shape = tuple();
      } else {
        fail(fmt::format("unknown or repeated key '{}'", excerpt(key)));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (skip_spaces(); at_ != text_.size()) fail("text after the dictionary");
    if (!descr || !order || !shape) fail("one of the keys descr, fortran_order, shape is missing");
    return header;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw DataError(fmt::format("{}: NPY header, character {}: {}", source_, at_, what));
  }

  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  bool accept(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(fmt::format("expected '{}'", c));
  }

  std::string quoted() {
    const char quote = accept('\'') ? '\'' : accept('"') ? '"' : fail_quote();
    const size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("a quoted text does not end");
    std::string out(text_.substr(at_, end - at_));
    const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '\\'; };
    if (!std::all_of(out.begin(), out.end(), plain)) fail("a quoted text holds more than plain characters");
    at_ = end + 1;
    return out;
  }

  [[noreturn]] char fail_quote() const { fail("expected a quoted text (record types are not read)"); }

  bool boolean() {
    skip_spaces();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return word == "True";
      }
    }
    fail("expected True or False");
  }

  std::vector<int64_t> tuple() {
    std::vector<int64_t> out;
    expect('(');
    while (!accept(')')) {
      out.push_back(extent());
      if (!accept(',')) {
        // Without its comma, (3) is a number in Python and not a tuple.
        if (out.size() == 1) fail("expected ','");
        expect(')');
        break;
      }
    }
    return out;
  }

  int64_t extent() {
    skip_spaces();
    uint64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || !std::in_range<int64_t>(value)) fail("expected an extent of 0 or more");
    at_ += static_cast<size_t>(end - begin);
    // Python 2 wrote long integers with an L.
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;
    return static_cast<int64_t>(value);
  }

  std::string_view text_, source_;
  size_t at_ = 0;
};

}  // namespace

NpyHeader read_npy_header(std::span<const std::byte> file, std::string_view source) {
  const std::string_view text = text_of(file);
  if (!text.starts_with(kMagic)) throw DataError(fmt::format("{}: not an NPY file{}", source, got_kind(file)));
  const auto byte = [&](size_t i) -> size_t {
    if (i >= file.size()) throw DataError(fmt::format("{}: cut short in the NPY header", source));
    return std::to_integer<size_t>(file[i]);
  };
  const size_t version = byte(6), minor = byte(7);
  if (version < 1 || version > 3 || minor != 0) {
    throw DataError(fmt::format("{}: NPY version {}.{}, expected 1.0, 2.0 or 3.0", source, version, minor));
  }
  const size_t begin = version == 1 ? 10 : 12;
  size_t length = 0;
  for (size_t i = begin; i-- > 8;) length = length << 8 | byte(i);
  if (length > kMaxHeader) throw DataError(fmt::format("{}: an NPY header of {} bytes is too long", source, length));
  if (length > file.size() - begin) throw DataError(fmt::format("{}: cut short in the NPY header", source));
  NpyHeader header = HeaderParser(text.substr(begin, length), source).parse();
  header.data_offset = begin + length;
  return header;
}

}  // namespace reel
