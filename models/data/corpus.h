// A built-in corpus of movie reviews for machines without a network, written by a small grammar.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reel {

/// Reviews and their labels: 1 where the reviewer liked the film, 0 where not.
struct Corpus {
  std::vector<std::string> texts;
  std::vector<int32_t> labels;
};

/// `count` generated reviews of 20 to 300 words. A review's overall verdict decides its label; around it stand opinions
/// that may contradict it, negation ("not at all dull"), contrast ("the acting was superb, but the plot was dull") and
/// neutral sentences, so that no single word decides. Labels come in pairs of one each, in random order. Review i is a
/// pure function of (seed, i): the same on every machine, and a longer corpus begins with the shorter one.
/// Throws ValueError for a negative count, MemoryError for more than memory holds.
Corpus generate_reviews(int64_t count, uint64_t seed);

}  // namespace reel
