#include "reel/models/describe/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <regex>

#include "reel/graph/error.h"

namespace reel {

std::string snake_case(const std::string& class_name) {
  static const std::regex punctuation(R"([\x01-/:-@\[-^`{-\x7f]+)"), word("(.)([A-Z][a-z]+)"), hump("([a-z])([A-Z])");
  std::string name = std::regex_replace(class_name, punctuation, "");
  name = std::regex_replace(name, word, "$1_$2");
  name = std::regex_replace(name, hump, "$1_$2");
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

std::string_view given_name(std::string_view what, const char* name) {
  if (name == nullptr) throw ValueError(fmt::format("{}: expected a name, got a null pointer", what));
  return name;
}

void throw_unknown_name(std::string_view what, std::string_view name, std::span<const std::string_view> known) {
  throw ValueError(fmt::format("{}: \"{}\" is not known, only {}", what, excerpt(name), fmt::join(known, ", ")));
}

}  // namespace reel
