// Operands of products laid out for the product kernel. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <bit>
#include <cstdint>

#include "reel/ops/gemm-inl.h"

#if defined(REEL_OPS_GEMM_PACK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_GEMM_PACK_INL
#undef REEL_OPS_GEMM_PACK_INL
#else
#define REEL_OPS_GEMM_PACK_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// kCount elements, in the largest vectors that they fill.
template <int kCount, class T>
HWY_INLINE void copy_elements(const T* from, T* to) {
  constexpr int kTaken = std::min<int>(std::bit_floor(unsigned{kCount}), hn::MaxLanes(hn::ScalableTag<T>()));
  const hn::CappedTag<T, kTaken> d;
  hn::StoreU(hn::LoadU(d, from), d, to);
  if constexpr (kCount > kTaken) copy_elements<kCount - kTaken>(from + kTaken, to + kTaken);
}

/// Rows [begin, end) of one panel of B [k, n], the columns past n zero.
template <class T>
void pack_panel(const T* b, int64_t n, int64_t column, int64_t begin, int64_t end, T* panel) {
  constexpr int64_t columns = kGemmColumns<T>;
  const int64_t held = std::clamp<int64_t>(n - column, 0, columns);
  const T* from = b + begin * n + column;
  T* to = panel + begin * columns;
  for (int64_t p = begin; p < end; ++p, from += n, to += columns) {
    if (held == columns) {
      copy_elements<columns>(from, to);
      continue;
    }
    if (held > 0) std::copy_n(from, held, to);
    std::fill(to + held, to + columns, T(0));
  }
}

/// B [k, n] as panels of two vectors' columns, each [k, 2 lanes]; panels [first, first + count). Some rows at a time
/// for all of them, as the rows lie on pages of their own.
template <class T>
void pack_panels(const T* b, int64_t k, int64_t n, int64_t first, int64_t count, T* packed) {
  constexpr int64_t kRows = 32;
  for (int64_t p = 0; p < k; p += kRows) {
    for (int64_t i = 0; i < count; ++i) {
      pack_panel(b, n, (first + i) * kGemmColumns<T>, p, std::min(p + kRows, k), packed + i * k * kGemmColumns<T>);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
