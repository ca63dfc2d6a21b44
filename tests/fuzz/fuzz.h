// What the fuzz targets share. A target is one reader: it defines `read`, and its first lines name the sources that its
// corpus must cover.
#pragma once

#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "reel/graph/error.h"
#include "reel/graph/tensor.h"

namespace reel::fuzz {

/// Reads `input`, and checks what it was read as. May throw reel::Error and nothing else, and may hold four times what
/// `memory_bound` allows for the size of the input.
void read(std::span<const std::byte> input);

/// Ends the process in a way that libFuzzer reports together with the input.
[[noreturn]] void fail(std::string_view what);

inline void require(bool holds, std::string_view what) {
  if (!holds) fail(what);
}

/// What `f` returns; here an Error would be a fault of ours, since its input is.
template <class F>
auto must(F&& f) {
  try {
    return std::forward<F>(f)();
  } catch (const Error& error) {
    fail(std::string("refused what Reel wrote itself: ") + error.what());
  }
}

/// Fails unless both have the same type and the same bits.
void require_same(const Tensor& a, const Tensor& b);

/// Writes `bytes` to a file called `name`, which the next call with that name replaces; returns its path.
std::string file_of(std::span<const std::byte> bytes, std::string_view name);

}  // namespace reel::fuzz
