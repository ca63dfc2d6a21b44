#include "reel/models/testing/same_bits.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "reel/graph/run/with_threads.h"
#include "reel/models/testing/check_error.h"

namespace reel {

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.type() == b.type() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

void check_finite(std::string_view who, const std::vector<Tensor>& values) {
  for (const Tensor& value : values) {
    for (int64_t i = 0; i < value.size(); ++i) {
      if (std::isfinite(value.at(i))) continue;
      throw CheckError(who, fmt::format("gave {} at element {} of {}", value.at(i), i, value.type().str()));
    }
  }
}

void check_blocks(std::string_view who, const std::vector<Tensor>& all,
                  const std::function<std::vector<Tensor>(int64_t begin, int64_t end)>& values) {
  for (const auto& [begin, end] : {std::pair<int64_t, int64_t>{0, 1}, {1, 8}, {31, 64}, {500, kManyRows}}) {
    const std::vector<Tensor> part = values(begin, end);
    for (size_t i = 0; i < all.size(); ++i) {
      if (same_bits(part[i], all[i].slice_rows(begin, end).clone())) continue;
      throw CheckError(who,
                       fmt::format("gives other bits for rows {} to {} alone than among {}", begin, end, kManyRows));
    }
  }
}

void check_threads(std::string_view who, const std::function<std::vector<Tensor>()>& values) {
  const auto values_on = [&](int count) {
    const WithThreads with(count);
    return values();
  };
  check_same(who, "on three threads than on one", values_on(1), values_on(3));
}

void check_same(std::string_view who, std::string_view of, const std::vector<Tensor>& expected,
                const std::vector<Tensor>& found) {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!same_bits(expected[i], found[i])) throw CheckError(who, fmt::format("gives other bits {}", of));
  }
}

}  // namespace reel
