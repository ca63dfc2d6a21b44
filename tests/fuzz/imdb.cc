// Reads: models/data/imdb.cc
#include "reel/models/data/imdb.h"

#include <algorithm>
#include <limits>

#include "fuzz.h"
#include "reel/models/formats/bytes.h"

namespace reel::fuzz {
namespace {

/// Every rank of a review that is kept must be below `num_words` and stand for itself.
void check_encoded(const imdb::Split& split, int32_t num_words) {
  require(split.x.size() == split.y.size(), "reviews without labels");
  for (const std::vector<int32_t>& review : split.x) {
    require(std::all_of(review.begin(), review.end(), [&](int32_t id) { return id >= 0 && id < num_words; }),
            "an id out of the vocabulary");
  }
}

}  // namespace

/// An archive of reviews, or what begins as JSON.
void read(std::span<const std::byte> input) {
  const std::string path = file_of(input, "imdb");
  if (text_of(input).starts_with('{')) {
    imdb::read_word_index(path);  // word_index.cc looks at what it returns
    return;
  }
  const imdb::Data raw = imdb::read_npz(path);
  for (const imdb::Split* split : {&raw.train, &raw.test}) {
    require(split->x.size() == split->y.size(), "reviews without labels");
    for (const std::vector<int32_t>& review : split->x) {
      const imdb::LoadOptions plain{.start_char = {}, .oov_char = {}, .index_from = 0};
      const bool is_plain = std::all_of(review.begin(), review.end(), [](int32_t rank) { return rank >= 0; });
      require(!is_plain || must([&] { return imdb::encode_review(review, plain); }) == review, "another review");
    }
  }
  constexpr int32_t kWords = 1000;
  const imdb::Data encoded = imdb::encode(raw, {.num_words = kWords, .maxlen = 100});
  check_encoded(encoded.train, kWords);
  check_encoded(encoded.test, kWords);
  imdb::encode(raw);
}

}  // namespace reel::fuzz
