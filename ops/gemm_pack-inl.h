// Operands of products laid out for the product kernel. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <bit>
#include <cstdint>

#include "reel/ops/gemm_block-inl.h"
#include "reel/ops/transpose-inl.h"

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

/// Rows of one panel of B, which lie `apart`, and of which `held` columns are B's; the others are zero.
template <class T>
void pack_panel(const T* from, int64_t apart, int64_t held, int64_t rows, T* to) {
  constexpr int64_t columns = kGemmColumns<T>;
  for (const T* end = to + rows * columns; to != end; from += apart, to += columns) {
    if (held == columns) {
      copy_elements<columns>(from, to);
      continue;
    }
    std::copy_n(from, held, to);
    std::fill(to + held, to + columns, T(0));
  }
}

/// The same of a B that lies transposed, its columns `apart`.
template <class T>
void pack_transposed_panel(const T* from, int64_t apart, int64_t held, int64_t rows, T* to) {
  constexpr int64_t columns = kGemmColumns<T>;
  transpose_block(from, apart, held, rows, to, columns);
  if (held == columns) return;
  for (const T* end = to + rows * columns; to != end; to += columns) std::fill(to + held, to + columns, T(0));
}

/// B [k, n], or transposed [n, k], as panels of two vectors' columns, each [k, 2 lanes]; panels [first, first + count).
/// Some rows at a time for all of them, as the rows lie on pages of their own.
template <class T>
void pack_panels(const T* b, int64_t k, int64_t n, bool transposed, int64_t first, int64_t count, T* packed) {
  constexpr int64_t kRows = 32, columns = kGemmColumns<T>;
  for (int64_t p = 0; p < k; p += kRows) {
    const int64_t rows = std::min(kRows, k - p);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t column = std::min((first + i) * columns, n), held = std::min(n - column, columns);
      T* to = packed + (i * k + p) * columns;
      if (transposed) {
        pack_transposed_panel(b + column * k + p, k, held, rows, to);
      } else {
        pack_panel(b + p * n + column, n, held, rows, to);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
