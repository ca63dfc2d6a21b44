// What the library knows by a name: losses, metrics, optimizers, activations, initializers.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "reel/graph/error.h"

namespace reel::testing {

/// The names, the first of each, that the message lists with which `make` refuses any other.
template <class Make>
std::set<std::string> names_listed_by(const Make& make) {
  std::string message;
  try {
    make("no such name");
  } catch (const ValueError& error) {
    message = error.what();
  }
  const std::string marker = ", only ";  // then "a, b, c"
  size_t at = message.find(marker);
  REQUIRE(at != message.npos);
  std::set<std::string> names;
  for (at += marker.size() - 1; at < message.size();) {
    const size_t end = std::min(message.find(',', at), message.size());
    names.insert(message.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return names;
}

/// The names that the constructor of `Made` knows.
template <class Made>
std::set<std::string> listed_names() {
  return names_listed_by([](const char* name) { Made{name}; });
}

/// The same, as what is made of them calls itself.
template <class Made>
std::set<std::string> known_names() {
  std::set<std::string> names;
  for (const std::string& name : listed_names<Made>()) names.insert(std::string(Made(name).name()));
  return names;
}

}  // namespace reel::testing
