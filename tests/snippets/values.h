// What several files of snippets begin with.
#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace snippets {

/// Exclusive or, as rows and as labels.
inline const std::vector<std::vector<float>> kPoints = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
inline const std::vector<int> kXor = {0, 1, 1, 0};

inline std::string printed(const auto& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace snippets
