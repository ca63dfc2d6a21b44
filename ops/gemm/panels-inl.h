// Products a panel of columns at a time, all rows of each. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "reel/ops/gemm/block-inl.h"
#include "reel/ops/gemm/kernels-inl.h"
#include "reel/ops/gemm/pack-inl.h"

#if defined(REEL_OPS_GEMM_PANELS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_GEMM_PANELS_INL
#undef REEL_OPS_GEMM_PANELS_INL
#else
#define REEL_OPS_GEMM_PANELS_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// Goes through a packed panel of B, and asks for memory that will be read after the block, a little at every step,
/// into the second cache: all at once it would keep the block waiting.
template <class T>
struct AskingSteps : PackedSteps<kGemmColumns<T>, T> {
  const std::byte* next;
  int64_t share;  ///< bytes a step

  HWY_INLINE const T* step() {
    __builtin_prefetch(std::exchange(next, next + share), 0, 2);
    return PackedSteps<kGemmColumns<T>, T>::step();
  }
};

/// Steps along k from one time that a block does something beside multiplying to the next.
constexpr int64_t kPause = 16;

/// Asks for the rows of a block of C that will be written next, a line every few steps.
template <class T>
struct AskingRows {
  const T* c;
  int64_t c_row, rows;

  HWY_INLINE int64_t until(int64_t p, int64_t k) const {
    constexpr int64_t row_lines = (kGemmColumns<T> + kLine<T> - 1) / kLine<T>;
    const int64_t line = p / kPause;
    if (line < rows * row_lines) __builtin_prefetch(c + line / row_lines * c_row + line % row_lines * kLine<T>, 1);
    return std::min(p + kPause, k);
  }
};

template <class T>
void gemm_panel(const Gemm<T>& g, const RowBlocks& blocks, const T* b, int64_t column) {
  const StridedSteps<T> right{b, g.b_panel, g.b_k};
  for (int64_t i = 0; i < blocks.count(); ++i) {
    const int64_t row = blocks.begin(i);
    const StridedSteps<T> left{g.a + row * g.a_row, g.a_row, g.a_k};
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR { gemm_panel_rows<count>(g, left, right, row, column); });
  }
}

/// What is needed next, which in large products comes from far off, is on its way: each block asks for the block of C
/// after it, and for its share of the next panel of B.
template <class T>
void gemm_packed_panel(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& a, const T* b, int64_t column) {
  const int64_t share = kGemmColumns<T> * static_cast<int64_t>(sizeof(T)) / blocks.count();
  const std::byte* next = reinterpret_cast<const std::byte*>(b + g.b_panel);
  for (int64_t i = 0; i < blocks.count(); ++i, next += share * g.k) {
    const int64_t row = blocks.begin(i), end = blocks.begin(i + 1);
    const AskingSteps<T> right{{b}, next, share};
    const AskingRows<T> beside{g.c + end * g.c_row + column, g.c_row, i + 1 < blocks.count() ? blocks.size(i + 1) : 0};
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR {
      gemm_panel_rows<count>(g, PackedSteps<count, T>{a.block(blocks, i)}, right, row, column, beside);
    });
  }
}

/// Packs some rows ahead every few steps, and asks for the next block of C.
template <class T>
struct PackingBeside {
  AskingRows<T> c;
  PackingAhead<T>* ahead;
  int64_t share;

  HWY_INLINE int64_t until(int64_t p, int64_t k) const {
    ahead->take(share);
    return c.until(p, k);
  }
};

/// The next panel of B is packed beside this one, so that what waits for memory is hidden behind multiply-adds.
template <class T>
void gemm_ahead_panel(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& a, const T* b, int64_t column,
                      PackingAhead<T> ahead) {
  const int64_t pauses = blocks.count() * ((g.k + kPause - 1) / kPause), share = (ahead.left + pauses - 1) / pauses;
  for (int64_t i = 0; i < blocks.count(); ++i) {
    const int64_t row = blocks.begin(i), end = blocks.begin(i + 1);
    const AskingRows<T> c{g.c + end * g.c_row + column, g.c_row, i + 1 < blocks.count() ? blocks.size(i + 1) : 0};
    const PackingBeside<T> beside{c, &ahead, share};
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR {
      gemm_panel_rows<count>(g, PackedSteps<count, T>{a.block(blocks, i)}, PackedSteps<kGemmColumns<T>, T>{b}, row,
                             column, beside);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
