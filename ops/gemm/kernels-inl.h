// The kernels that products are put together of: declared, and no more. Rows, panels and transposed products are
// compiled in files of their own, for float and for double, as all of them in one take minutes. Include after
// hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <cstdint>
#include <span>

#include "reel/ops/gemm/block-inl.h"
#include "reel/ops/gemm/pack-inl.h"

#if defined(REEL_OPS_GEMM_KERNELS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_GEMM_KERNELS_INL
#undef REEL_OPS_GEMM_KERNELS_INL
#else
#define REEL_OPS_GEMM_KERNELS_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// One of several products that are summed: A [k, m] and B [k, n].
template <class T>
struct GemmPair {
  const T *a, *b;
  int64_t k;
};

/// C, one block of its rows after the other, all columns of each.
template <class T>
void gemm_by_rows(const Gemm<T>& g, const RowBlocks& blocks);

/// The same of a C of one block: kGemmRows rows or fewer, or none.
template <class T>
void gemm_few(const Gemm<T>& g);

/// One panel of C, from `column` on, of one panel of B: it stays in the nearest cache while the rows of A stream past.
template <class T>
void gemm_panel(const Gemm<T>& g, const RowBlocks& blocks, const T* b, int64_t column);

/// The same of packed operands.
template <class T>
void gemm_packed_panel(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& a, const T* b, int64_t column);

/// The same, while the next panel of B is packed.
template <class T>
void gemm_ahead_panel(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& a, const T* b, int64_t column,
                      PackingAhead<T> ahead);

/// C [m, n] += sum of A^T B over the pairs; rows of A are `a_row` apart. The steps of all pairs, one after the other,
/// are cut into parts as those of one product are, whichever columns are packed: the first `packed`, whole panels.
template <class T>
void gemm_paired(std::span<const GemmPair<T>> pairs, int64_t a_row, int64_t m, int64_t n, int64_t packed, T* c);

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
