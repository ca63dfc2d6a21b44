// Reads: models/data/pickle_machine.cc models/data/pickle_numpy.cc
#include "reel/models/data/pickle.h"

#include <limits>

#include "fuzz.h"
#include "models/array_pickle.h"
#include "reel/models/formats/bytes.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  const bool is_npy = text_of(input).starts_with("\x93NUMPY");
  const IntLists lists = is_npy ? read_int_lists_npy(input, "input") : read_int_lists_pickle(input, "input");
  size_t elements = lists.size();
  for (const std::vector<int32_t>& list : lists) elements += list.size();
  if (elements > std::numeric_limits<uint16_t>::max()) return;  // `lists_npy` writes no more lists
  const std::string written = testing::lists_npy(lists);
  require(must([&] { return read_int_lists_npy(bytes_of(written), "written again"); }) == lists, "other lists");
}

}  // namespace reel::fuzz
