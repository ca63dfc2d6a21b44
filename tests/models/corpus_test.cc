#include "reel/models/data/corpus.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "reel/graph/error.h"
#include "reel/models/data/corpus_grammar.h"
#include "reel/models/data/corpus_phrases.h"
#include "reel/models/data/text.h"

namespace reel {
namespace {

/// The runs of one to `longest` words that occur in a review.
std::set<std::string> runs_of_words(const std::string& text, size_t longest) {
  const std::vector<std::string> words = text_to_words(text);
  std::set<std::string> runs;
  for (size_t begin = 0; begin < words.size(); ++begin) {
    std::string run;
    for (size_t i = begin; i < std::min(words.size(), begin + longest); ++i) runs.insert(run += words[i] + ' ');
  }
  return runs;
}

/// Share of the last third of a corpus that a naive Bayes classifier on runs of words, trained on the rest, gets right.
double naive_bayes_accuracy(const Corpus& corpus, size_t longest) {
  const size_t split = corpus.texts.size() * 2 / 3;
  std::map<std::string, std::array<double, 2>> counts;
  for (size_t i = 0; i < split; ++i) {
    for (const std::string& run : runs_of_words(corpus.texts[i], longest)) ++counts[run][corpus.labels[i]];
  }
  int right = 0;
  for (size_t i = split; i < corpus.texts.size(); ++i) {
    double score = 0.0;
    for (const std::string& run : runs_of_words(corpus.texts[i], longest)) {
      const auto found = counts.find(run);
      if (found != counts.end()) score += std::log((found->second[1] + 1.0) / (found->second[0] + 1.0));
    }
    right += (score > 0.0) == (corpus.labels[i] == 1);
  }
  return static_cast<double>(right) / static_cast<double>(corpus.texts.size() - split);
}

TEST_CASE("the corpus is balanced, distinct, and of the lengths it promises", "[corpus]") {
  const Corpus corpus = generate_reviews(6000, 1);
  REQUIRE(corpus.texts.size() == 6000);
  REQUIRE(corpus.labels.size() == 6000);
  CHECK(std::accumulate(corpus.labels.begin(), corpus.labels.end(), 0) == 3000);
  CHECK(std::set<std::string>(corpus.texts.begin(), corpus.texts.end()).size() == 6000);

  size_t shortest = 1000, longest = 0;
  std::set<std::string> vocabulary;
  for (const std::string& text : corpus.texts) {
    const std::vector<std::string> words = text_to_words(text);
    shortest = std::min(shortest, words.size());
    longest = std::max(longest, words.size());
    vocabulary.insert(words.begin(), words.end());
  }
  CHECK(shortest == 20);
  CHECK(longest <= 300);
  CHECK(longest > 280);
  CHECK(vocabulary.size() > 300);
  CHECK(vocabulary.size() < 1000);
}

TEST_CASE("a corpus is a function of its seed, and a longer one begins with the shorter", "[corpus]") {
  const Corpus ten = generate_reviews(10, 7), twenty = generate_reviews(20, 7), other = generate_reviews(10, 8);
  CHECK(std::equal(ten.texts.begin(), ten.texts.end(), twenty.texts.begin()));
  CHECK(std::equal(ten.labels.begin(), ten.labels.end(), twenty.labels.begin()));
  CHECK(ten.texts != other.texts);
  CHECK(generate_reviews(0, 1).texts.empty());
  CHECK_THROWS_AS(generate_reviews(-1, 1), ValueError);
}

TEST_CASE("single words do not decide a review, runs of words do", "[corpus]") {
  const Corpus corpus = generate_reviews(3000, 1);
  std::map<std::string, std::array<int, 2>> counts;
  for (size_t i = 0; i < corpus.texts.size(); ++i) {
    for (const std::string& word : runs_of_words(corpus.texts[i], 1)) ++counts[word][corpus.labels[i]];
  }
  for (const auto& [word, by_label] : counts) {
    // Guessing one label where the word stands and the other elsewhere: right this often.
    const double accuracy = 0.5 + std::abs(by_label[1] - by_label[0]) / 3000.0;
    INFO(word << ": " << by_label[0] << " against, " << by_label[1] << " for");
    CHECK(accuracy < 0.6);
  }
  const double words = naive_bayes_accuracy(corpus, 1), triples = naive_bayes_accuracy(corpus, 3);
  CHECK(words < 0.8);
  CHECK(triples > 0.85);
}

TEST_CASE("reviews read as sentences, with nothing of the grammar left in them", "[corpus]") {
  bool has_negation = false, has_contrast = false;
  for (const std::string& text : generate_reviews(2000, 3).texts) {
    INFO(text);
    CHECK(text.find_first_of("{}") == std::string::npos);
    CHECK(text.find("  ") == std::string::npos);
    CHECK((text.front() >= 'A' && text.front() <= 'Z'));
    CHECK(text.back() == '.');
    for (const char* wrong : {" a a", " a e", " a i", " a o", " a u"}) CHECK(text.find(wrong) == std::string::npos);
    has_negation = has_negation || text.find("not at all dull") != std::string::npos;
    has_contrast = has_contrast || text.find(", but the ") != std::string::npos;
  }
  CHECK(has_negation);
  CHECK(has_contrast);
}

TEST_CASE("every symbol a phrase mentions has a rule, and every rule is used", "[corpus]") {
  std::set<std::string> defined,
      mentioned{"+opinion", "-opinion", "+before", "-before", "+verdict", "-verdict", "filler"};
  for (const Rule& rule : corpus_rules()) {
    CHECK(defined.emplace(rule.symbol).second);
    for (std::string_view phrase : rule.phrases) {
      for (size_t open = phrase.find('{'); open != phrase.npos; open = phrase.find('{', open + 1)) {
        mentioned.emplace(phrase.substr(open + 1, phrase.find('}', open) - open - 1));
      }
    }
  }
  CHECK(defined == mentioned);
  Random random(1);
  CHECK_THROWS_WITH(expand("a {nonesuch}", random), Catch::Contains("nonesuch"));
  CHECK_THROWS_AS(expand("a {film", random), ValueError);
}

}  // namespace
}  // namespace reel
