#include "reel/models/describe/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reel/graph/error.h"

namespace reel {

std::string_view given_name(std::string_view what, const char* name) {
  if (name == nullptr) throw ValueError(fmt::format("{}: expected a name, got a null pointer", what));
  return name;
}

void throw_unknown_name(std::string_view what, std::string_view name, std::span<const std::string_view> known) {
  throw ValueError(fmt::format("{}: \"{}\" is not known, only {}", what, excerpt(name), fmt::join(known, ", ")));
}

}  // namespace reel
