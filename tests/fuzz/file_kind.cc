// Reads: models/formats/file_kind.cc
#include "reel/models/formats/file_kind.h"

#include <algorithm>

#include "fuzz.h"
#include "reel/models/formats/bytes.h"

namespace reel::fuzz {

/// The first line is a name, the rest a content.
void read(std::span<const std::byte> input) {
  const std::string_view name = text_of(input).substr(0, text_of(input).find('\n'));
  const auto content = input.subspan(std::min(name.size() + 1, input.size()));
  const std::string_view kind = kind_of_content(content);
  require(model_file(name) == ModelFile::none || name.size() > 2, "an extension of two letters");
  require((kind.empty() && !content.empty()) || !got_kind(content).empty(), "a kind that no message tells");
  require(kind.empty() || got_kind(content, kind).empty(), "got what was expected");
  for (const std::string_view written : {kNpzKind, kPngKind, kJsonKind, kDotKind}) {
    const std::string why = misnamed(name, written);
    require(kind_of_name(name) != written || why.empty(), "a name that fits is refused");
    require(why.empty() || !kind_of_name(name).empty(), "a name that says nothing is refused");
  }
}

}  // namespace reel::fuzz
