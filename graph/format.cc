#include "reel/graph/format.h"

#include <fmt/format.h>

namespace reel {

fmt::format_context::iterator TextFormatter::write(const std::string& text, fmt::format_context& context) const {
  return fmt::format_to(context.out(), fmt::runtime(fmt::format("{{:{}}}", options_)), text);
}

}  // namespace reel
