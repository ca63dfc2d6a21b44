// fmt::format and fmt::print of what can be printed.
#pragma once

#include <fmt/core.h>

#include <string>

#include "reel/graph/tensor.h"

namespace reel {

/// Formats as text, with the options of text: "{:>20}".
class TextFormatter {
 public:
  constexpr auto parse(fmt::format_parse_context& context) {
    auto end = context.begin();
    while (end != context.end() && *end != '}') ++end;
    options_ = {context.begin(), static_cast<size_t>(end - context.begin())};
    return end;
  }

 protected:
  fmt::format_context::iterator write(const std::string& text, fmt::format_context& context) const;

 private:
  fmt::string_view options_;
};

/// What has `str()`, as that.
template <class T>
struct StrFormatter : TextFormatter {
  auto format(const T& value, fmt::format_context& context) const { return write(value.str(), context); }
};

}  // namespace reel

template <>
struct fmt::formatter<reel::Tensor> : reel::StrFormatter<reel::Tensor> {};
template <>
struct fmt::formatter<reel::Shape> : reel::StrFormatter<reel::Shape> {};
template <>
struct fmt::formatter<reel::Type> : reel::StrFormatter<reel::Type> {};
template <>
struct fmt::formatter<reel::DType> : reel::TextFormatter {
  auto format(reel::DType type, fmt::format_context& context) const {
    return write(std::string(to_string(type)), context);
  }
};
