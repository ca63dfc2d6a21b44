// What is chosen by name: activations, initializers, losses, metrics, optimizers.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace reel {

/// The name itself. Throws ValueError for a null pointer, which no string_view can be made of.
std::string_view given_name(std::string_view what, const char* name);

/// Throws ValueError, listing all that are known.
[[noreturn]] void throw_unknown_name(std::string_view what, std::string_view name,
                                     std::span<const std::string_view> known);

/// The entry whose `name` it is. Throws ValueError, listing all names, where there is none.
template <class Entry, size_t count>
const Entry& entry_named(std::string_view what, std::string_view name, const Entry (&entries)[count]) {
  std::vector<std::string_view> known;
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw_unknown_name(what, name, known);
}

}  // namespace reel
