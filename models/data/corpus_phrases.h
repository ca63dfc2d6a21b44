// The phrases of the built-in corpus.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace reel {

/// One symbol and the phrases it may become, each as likely as the others.
struct Rule {
  std::string_view symbol;
  std::vector<std::string_view> phrases;
};

/// All rules. Those of liking come in pairs, "+x" and "-x".
std::span<const Rule> corpus_rules();

}  // namespace reel
