// Products by rows, of float.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/gemm/rows_f32.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include "reel/ops/gemm/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

template void gemm_by_rows(const Gemm<float>&, const RowBlocks&);
template void gemm_few(const Gemm<float>&);

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();
