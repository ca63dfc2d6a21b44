// Extents: an argument that is a shape, of which extents may be left open.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "reel/models/describe/config.h"

namespace reel {

/// Extents of axes; one that is negative is left open, which a config says as null. None at all is null.
class Extents {
 public:
  Extents() = default;
  Extents(int64_t only) : extents_{only} {}
  Extents(std::initializer_list<int64_t> extents) : extents_(extents) {}
  explicit Extents(std::vector<int64_t> extents) : extents_(std::move(extents)) {}
  /// From null, an integer or a list of integers and null. Throws ValueError for anything else.
  static Extents from_config(const Config& config);
  Config config() const;

  explicit operator bool() const { return !extents_.empty(); }
  const std::vector<int64_t>& extents() const { return extents_; }

 private:
  std::vector<int64_t> extents_;
};

}  // namespace reel
