#include "reel/models/data/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reel/graph/error.h"
#include "reel/graph/machine_memory.h"
#include "reel/graph/random.h"
#include "reel/models/data/corpus_grammar.h"

namespace reel {
namespace {

constexpr int64_t kFewestWords = 20, kMostWords = 300;

int64_t count_words(std::string_view text) { return text.empty() ? 0 : 1 + std::count(text.begin(), text.end(), ' '); }

/// The review under construction: sentences before its closing part, and how many words stand in all.
struct Draft {
  std::vector<std::string> body;
  std::string opening, closing;

  int64_t words() const {
    int64_t total = count_words(opening) + count_words(closing);
    for (const std::string& sentence : body) total += count_words(sentence);
    return total;
  }
};

bool chance(Random& random, double probability) { return random.uniform() < probability; }

std::string opinion_sentence(bool liked, Random& random) {
  const bool agrees = chance(random, 0.62);
  const std::string same = mood("opinion", liked), other = mood("opinion", !liked);
  if (chance(random, 0.5)) return expand(agrees ? same : other, random);
  // Contrast: both moods in one sentence; the weight lies on the last clause.
  const std::string& last = agrees ? same : other;
  const std::string& first = agrees ? other : same;
  switch (random.below(3)) {
    case 0: return expand(first + ", but " + last, random);
    case 1: return expand("although " + first + ", " + last, random);
    default: return expand(first + ", and yet " + last, random);
  }
}

/// Opening and closing. The verdict stands at the end, or in one review of eight at the start, with what was expected
/// at the other end: the two may contradict each other.
void frame(Draft& draft, bool liked, Random& random) {
  const std::string verdict = mood("verdict", liked);
  const bool expected = chance(random, 0.5) ? liked : !liked;
  if (chance(random, 0.125)) {
    draft.opening = expand(verdict, random);
    draft.closing = expand(chance(random, 0.5) ? "{filler}" : mood("before", expected), random);
  } else {
    draft.opening = expand(chance(random, 0.75) ? mood("before", expected) : "{filler}", random);
    draft.closing = expand(verdict, random);
  }
}

/// "a elegant film" -> "an elegant film", which the grammar leaves to us. No word of it begins with a silent h or a
/// spoken consonant written as a vowel.
std::string with_articles(std::string text) {
  constexpr std::string_view kVowels = "aeiou";
  for (size_t at = text.find(" a "); at != std::string::npos; at = text.find(" a ", at + 1)) {
    if (kVowels.find(text[at + 3]) != std::string_view::npos) text.insert(at + 2, "n");
  }
  return text;
}

std::string as_text(const Draft& draft) {
  std::string text;
  const auto append = [&text](std::string sentence) {
    if (sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] = static_cast<char>(sentence[0] - 32);
    if (!text.empty()) text += ' ';
    text += sentence + '.';
  };
  append(draft.opening);
  for (const std::string& sentence : draft.body) append(sentence);
  append(draft.closing);
  return with_articles(std::move(text));
}

std::string review(bool liked, Random& random) {
  Draft draft;
  frame(draft, liked, random);
  // Squared, so that short reviews are common and long ones are not rare.
  const double length = random.uniform();
  const int64_t wanted = kFewestWords + static_cast<int64_t>(length * length * (kMostWords - kFewestWords));
  int64_t total = draft.words();
  while (total < wanted) {
    std::string sentence = chance(random, 0.3) ? opinion_sentence(liked, random) : expand("{filler}", random);
    total += count_words(sentence);
    if (total > kMostWords) break;
    draft.body.push_back(std::move(sentence));
  }
  return as_text(draft);
}

}  // namespace

Corpus generate_reviews(int64_t count, uint64_t seed) {
  if (count < 0) throw ValueError(fmt::format("generate_reviews: count is {}, expected 0 or more", count));
  const size_t least_bytes = static_cast<size_t>(count) * sizeof(std::string);  // without the characters
  if (static_cast<uint64_t>(count) > machine_memory() / sizeof(std::string)) refuse_memory(least_bytes, "the reviews");
  Corpus corpus;
  corpus.texts.reserve(static_cast<size_t>(count));
  corpus.labels.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const auto pair = static_cast<uint64_t>(i / 2);
    const bool first_liked = Random(seed, Purpose::review_pair, pair).below(2) == 1;
    const bool liked = first_liked == (i % 2 == 0);
    Random random(seed, Purpose::generated_review, static_cast<uint64_t>(i));
    corpus.texts.push_back(review(liked, random));
    corpus.labels.push_back(liked ? 1 : 0);
  }
  return corpus;
}

}  // namespace reel
