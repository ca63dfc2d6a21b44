// Reads: models/data/npy_rows.cc
#include "reel/models/data/npy_rows.h"

#include "fuzz.h"
#include "reel/models/formats/npy.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const NpyRows source(file_of(input, "input.npy"));
  const Samples rows_of = source;
  require_same(rows_of.read(0, rows_of.shape()[0]), must([&] { return read_npy(input, "the same"); }));
}

}  // namespace reel::fuzz
