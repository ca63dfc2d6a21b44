// Operands of products laid out for the product kernel. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <utility>

#include "reel/graph/tensor.h"
#include "reel/ops/gemm/block-inl.h"
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

/// Elements of a cache line.
template <class T>
constexpr int64_t kLine = 64 / static_cast<int64_t>(sizeof(T));

/// Steps along k that a product of many rows takes at a time: a panel of B as deep as this stays in the nearest cache.
constexpr int64_t kGemmDepth = 256;

/// Rows of A that are packed together: at that depth they fill part of the second cache.
template <class T>
constexpr int64_t kPackedRows = 768 / static_cast<int64_t>(sizeof(T));

/// Memory for packed operands, one to a thread; the next call may take it away.
template <class T>
T* packing_space(int64_t elements) {
  static thread_local std::shared_ptr<std::byte[]> memory;
  static thread_local int64_t held = 0;
  if (elements > held) {
    memory = allocate(static_cast<size_t>(elements) * sizeof(T), "packed operands");
    held = elements;
  }
  return reinterpret_cast<T*>(memory.get());
}

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

/// Rows of A packed for the kernel: block after block of them, in each the elements of its rows step by step along k.
template <class T>
struct PackedRows {
  T* data;
  int64_t depth;

  T* block(const RowBlocks& blocks, int64_t i) const { return data + blocks.begin(i) * depth; }
};

/// Packs A, of which rows or columns lie in one piece.
template <class T>
void pack_rows(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& to) {
  for (int64_t i = 0; i < blocks.count(); ++i) {
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR {
      const T* from = g.a + blocks.begin(i) * g.a_row;
      T* next = to.block(blocks, i);
      if (g.a_row == 1) {
        for (int64_t p = 0; p < g.k; ++p, from += g.a_k, next += count) copy_elements<count>(from, next);
        return;
      }
      for (int64_t p = 0; p < g.k; ++p, ++from, next += count) {
        each<count>([&](auto r) HWY_ATTR { next[r] = from[r * g.a_row]; });
      }
    });
  }
}

/// Packs the first `columns` of a panel of B, which lies as it was made, or transposed.
template <class T>
void pack_panel_of(const Gemm<T>& g, const T* b, int64_t columns, T* panel) {
  if (g.b_column != 1) {
    pack_transposed_panel(b, g.b_column, columns, g.k, panel);
  } else {
    pack_panel(b, g.b_k, columns, g.k, panel);
  }
}

/// Steps of a panel of B that are packed some at a time, beside other work, and asked for some turns earlier: a load
/// that waits for memory would hold up the multiply-adds.
template <class T>
struct PackingAhead {
  const T* from;
  int64_t apart, column;  ///< from one step to the next, and from one column
  int64_t left;
  T* to;

  HWY_INLINE void take(int64_t steps) { column == 1 ? take_rows(steps) : take_columns(steps); }

 private:
  HWY_INLINE void take_rows(int64_t steps) {
    constexpr int64_t kTurns = 8;
    for (steps = std::min(steps, left), left -= steps; steps > 0; --steps) {
      for (int64_t line = 0; line < kGemmColumns<T>; line += kLine<T>) {
        __builtin_prefetch(from + kTurns * apart + line, 0, 2);
      }
      copy_elements<kGemmColumns<T>>(std::exchange(from, from + apart), std::exchange(to, to + kGemmColumns<T>));
    }
  }

  /// Of a transposed B, as many steps at a time as a square has columns.
  HWY_NOINLINE void take_columns(int64_t steps) {
    constexpr int64_t kAhead = 2 * kLine<T>;
    for (steps = std::min(steps, left); steps > 0; steps -= kSide<T>) {
      const int64_t taken = std::min(kSide<T>, left);
      if (left % kLine<T> < taken) {
        for (int64_t i = 0; i < kGemmColumns<T>; ++i) __builtin_prefetch(from + i * column + kAhead, 0, 2);
      }
      transpose_block(from, column, kGemmColumns<T>, taken, to, kGemmColumns<T>);
      from += taken, to += taken * kGemmColumns<T>, left -= taken;
    }
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
