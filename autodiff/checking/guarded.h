// Memory that tells what was written around it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace reel::checking {

/// Two fillers, which make a NaN and a number of the size of those that ops are checked with: what is read although
/// nothing wrote it, or is added to, shows.
inline constexpr std::byte kFillers[] = {std::byte{0xff}, std::byte{0x40}};

/// Bytes between two guards. They begin as far from an aligned address as they do in a program.
class Guarded {
 public:
  /// Everything holds `filler`. Address modulo 128 is that of `offset`.
  Guarded(size_t bytes, size_t offset, std::byte filler);

  std::byte* data() { return memory_.data() + begin_; }
  /// Where a guard was written to, in bytes from the beginning, whichever comes first.
  std::optional<ptrdiff_t> touched() const;

 private:
  static constexpr size_t kGuard = 256;

  std::vector<std::byte> memory_;
  size_t begin_, bytes_;
  std::byte filler_;
};

}  // namespace reel::checking
