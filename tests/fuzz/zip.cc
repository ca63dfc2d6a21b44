// Reads: models/formats/zip.cc
#include "reel/models/formats/zip.h"

#include "fuzz.h"

namespace reel::fuzz {

void read(std::span<const std::byte> input) {
  std::vector<ZipEntry> entries = read_zip(input, "input");
  const auto again = must([&] { return read_zip(write_zip(entries), "written again"); });
  require(again.size() == entries.size(), "another number of entries");
  for (size_t i = 0; i < entries.size(); ++i) {
    require(again[i].name == entries[i].name && again[i].bytes == entries[i].bytes, "another entry");
    require(find_entry(entries, entries[i].name) == &entries[i], "an entry is not found by its name");
  }
}

}  // namespace reel::fuzz
