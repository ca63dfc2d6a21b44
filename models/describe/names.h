// What is chosen by name: activations, initializers, losses, metrics, optimizers.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// "SimpleRNN" -> "simple_rnn", "RMSprop" -> "rm_sprop": how Keras names an object after its class.
/// Source: Keras `utils.naming.to_snake_case`, whose three replacements these are; letters beyond ASCII stay as they
/// are.
std::string snake_case(const std::string& class_name);

/// The name itself. Throws ValueError for a null pointer, which no string_view can be made of.
std::string_view given_name(std::string_view what, const char* name);

/// Throws ValueError, listing all that are known.
[[noreturn]] void throw_unknown_name(std::string_view what, std::string_view name,
                                     std::span<const std::string_view> known);

/// All names of one thing, the first of which messages tell.
using Names = std::array<std::string_view, 4>;

/// How to make what goes by these names.
template <class Made>
struct Maker {
  Names names;
  Made (*make)();
};

/// Makes a T.
template <class Made, class T, class... Name>
constexpr Maker<Made> maker(Name... names) {
  return {{names...}, [] { return Made(T{}); }};
}

/// The entry of these tables that goes by the name. Throws ValueError, listing what messages tell, where there is none.
template <class Entry>
const Entry& entry_named(std::string_view what, std::string_view name,
                         std::initializer_list<std::span<const Entry>> tables) {
  std::vector<std::string_view> known;
  for (const std::span<const Entry> entries : tables) {
    for (const Entry& entry : entries) {
      if (!name.empty() && std::ranges::find(entry.names, name) != entry.names.end()) return entry;
      known.push_back(entry.names[0]);
    }
  }
  throw_unknown_name(what, name, known);
}

}  // namespace reel
