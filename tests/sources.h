// The library's own sources, for tests that nothing in them is left out.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace reel::testing {

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What the pattern's group is wherever it matches.
inline std::set<std::string> matches(const std::string& text, const char* pattern) {
  std::set<std::string> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) found.insert((*it)[1]);
  return found;
}

/// Calls f(path, text) for every header and source of the library, in whatever folder.
template <class F>
void for_each_source(F&& f) {
  for (const char* folder : {"graph", "ops", "autodiff", "models"}) {
    const std::filesystem::path root = std::filesystem::path(REEL_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      const std::filesystem::path& path = entry.path();
      if (path.extension() == ".h" || path.extension() == ".cc") f(path, text_of(path));
    }
  }
}

}  // namespace reel::testing
