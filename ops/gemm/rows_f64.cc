// Products by rows, of double.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/gemm/rows_f64.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include "reel/ops/gemm/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

template void gemm_by_rows(const Gemm<double>&, const RowBlocks&);
template void gemm_few(const Gemm<double>&);

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();
