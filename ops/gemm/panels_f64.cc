// Products by panels, of double.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/gemm/panels_f64.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include "reel/ops/gemm/panels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

template void gemm_panel(const Gemm<double>&, const RowBlocks&, const double*, int64_t);
template void gemm_packed_panel(const Gemm<double>&, const RowBlocks&, const PackedRows<double>&, const double*,
                                int64_t);
template void gemm_ahead_panel(const Gemm<double>&, const RowBlocks&, const PackedRows<double>&, const double*, int64_t,
                               PackingAhead<double>);

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();
