// Reads: models/data/rows.cc
#include "reel/models/data/rows.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "fuzz.h"

namespace reel::fuzz {

/// The first byte chooses the name of the file, the rest is its content.
void read(std::span<const std::byte> input) {
  constexpr std::array kNames{"a.csv", "a.tsv", "a.csv.gz", "a.tsv.gz", "a.npy", "a-idx3-ubyte", "a.npy.gz", "a"};
  if (input.empty()) return;
  const auto name = std::to_integer<size_t>(input[0]) % kNames.size();
  const Tensor rows = load_rows(file_of(input.subspan(1), kNames[name]));
  require(rows.dtype() == DType::f32 && rows.shape().rank() == 2, "no rows of features");
  const std::span<const float> values = rows.data<float>();
  require(std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }), "not finite");
}

}  // namespace reel::fuzz
