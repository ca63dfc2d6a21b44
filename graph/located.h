// What code of users throws, told with the place in the model where it stands.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace reel {

/// Throws the exception that is being handled as what it was, an Error of Reel's with `place` added unless it tells the
/// place itself. What comes from elsewhere becomes an Error, or a MemoryError if memory was lacking, that begins with
/// `whose`, such as the name of an op: nothing in it tells who speaks.
[[noreturn]] void rethrow_located(const std::string& place, std::string_view whose = {});

/// Calls `make`, of which what it throws gets its place.
template <class Make>
auto located(const std::string& place, Make&& make) {
  try {
    return std::forward<Make>(make)();
  } catch (const std::exception&) {
    rethrow_located(place);
  }
}

}  // namespace reel
