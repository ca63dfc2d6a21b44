#include "reel/models/data/corpus_grammar.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "reel/graph/error.h"
#include "reel/models/data/corpus_phrases.h"

namespace reel {
namespace {

std::span<const std::string_view> phrases_of(std::string_view symbol) {
  for (const Rule& rule : corpus_rules()) {
    if (rule.symbol == symbol) return rule.phrases;
  }
  throw ValueError(fmt::format("corpus grammar: no rule for \"{}\"", symbol));
}

}  // namespace

std::string expand(std::string_view pattern, Random& random) {
  std::string text(pattern);
  // What replaces a symbol is scanned again from its first character, so nested symbols need no recursion.
  for (size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open)) {
    const size_t close = text.find('}', open);
    if (close == std::string::npos) throw ValueError(fmt::format("corpus grammar: open brace in \"{}\"", pattern));
    const auto phrases = phrases_of(std::string_view(text).substr(open + 1, close - open - 1));
    text.replace(open, close - open + 1, phrases[random.below(static_cast<uint32_t>(phrases.size()))]);
  }
  return text;
}

std::string mood(std::string_view name, bool positive) { return fmt::format("{{{}{}}}", positive ? '+' : '-', name); }

}  // namespace reel
