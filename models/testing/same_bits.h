// Checks that results do not depend on how rows are cut, or on threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel {

/// Rows that are many tiles and a remainder.
inline constexpr int64_t kManyRows = 1001;

bool same_bits(const Tensor& a, const Tensor& b);

/// Throws CheckError, which begins with `who`, for an element that is not finite.
void check_finite(std::string_view who, const std::vector<Tensor>& values);

/// `values(begin, end)`: results [rows, ...] of these rows alone. Throws CheckError unless they are the same bits as
/// those rows of `all`, of kManyRows.
void check_blocks(std::string_view who, const std::vector<Tensor>& all,
                  const std::function<std::vector<Tensor>(int64_t begin, int64_t end)>& values);

/// Throws CheckError unless `values` gives the same bits on three threads as on one.
void check_threads(std::string_view who, const std::function<std::vector<Tensor>()>& values);

/// Throws CheckError, which says `of` what, unless both are the same bits.
void check_same(std::string_view who, std::string_view of, const std::vector<Tensor>& expected,
                const std::vector<Tensor>& found);

}  // namespace reel
