// The grammar of the built-in corpus: symbols in braces stand for a choice among phrases.
#pragma once

#include <string>
#include <string_view>

#include "reel/graph/random.h"

namespace reel {

/// Replaces every "{symbol}" in `pattern`, and in what replaces it, by one of the symbol's phrases chosen by `random`.
/// Symbols that speak of liking exist in two moods: "{+praise}" is an opinion in favour of the film, "{-praise}" the
/// same kind of opinion against it. Throws ValueError for a symbol the grammar lacks.
std::string expand(std::string_view pattern, Random& random);

/// "{+name}" or "{-name}".
std::string mood(std::string_view name, bool positive);

}  // namespace reel
