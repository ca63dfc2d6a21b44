// Products a block of rows at a time, all columns of each. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <cstdint>

#include "reel/ops/gemm/block-inl.h"
#include "reel/ops/gemm/kernels-inl.h"
#include "reel/ops/gemm/pack-inl.h"

#if defined(REEL_OPS_GEMM_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_GEMM_ROWS_INL
#undef REEL_OPS_GEMM_ROWS_INL
#else
#define REEL_OPS_GEMM_ROWS_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// Goes through a packed panel of a B that lies far off, and asks for what comes a page later: there, what a processor
/// fetches by itself begins anew.
template <class T>
struct FarSteps : StridedSteps<T> {
  HWY_INLINE const T* step() {
    constexpr int64_t kAhead = 4096 / static_cast<int64_t>(sizeof(T));
    for (int64_t line = 0; line < kGemmColumns<T>; line += kLine<T>) __builtin_prefetch(this->at + kAhead + line, 0, 2);
    return StridedSteps<T>::step();
  }
};

template <int kRows, class Steps, class T>
HWY_NOINLINE void gemm_rows(const Gemm<T>& g, int64_t row) {
  const StridedSteps<T> a{g.a + row * g.a_row, g.a_row, g.a_k};
  gemm_all_columns<kRows>(g, a, Steps{StridedSteps<T>{g.b, g.b_panel, g.b_k}}, row);
}

template <class T>
void gemm_by_rows(const Gemm<T>& g, const RowBlocks& blocks) {
  for (int64_t i = 0; i < blocks.count(); ++i) {
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR { gemm_rows<count, StridedSteps<T>>(g, blocks.begin(i)); });
  }
}

/// Half a block and less take a far B as fast as it comes, and gain nothing by asking for it.
template <class T>
void gemm_few(const Gemm<T>& g) {
  if (g.m == 0) return;
  const bool is_far = g.has_packed_panels() && g.has_far_b();
  with_rows(g.m, [&](auto count) HWY_ATTR {
    if constexpr (count > kGemmRows / 2) {
      if (is_far) return gemm_rows<count, FarSteps<T>>(g, 0);
    }
    gemm_rows<count, StridedSteps<T>>(g, 0);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
