// Products by panels, of float.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/gemm/panels_f32.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include "reel/ops/gemm/panels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

template void gemm_panel(const Gemm<float>&, const RowBlocks&, const float*, int64_t);
template void gemm_packed_panel(const Gemm<float>&, const RowBlocks&, const PackedRows<float>&, const float*, int64_t);
template void gemm_ahead_panel(const Gemm<float>&, const RowBlocks&, const PackedRows<float>&, const float*, int64_t,
                               PackingAhead<float>);

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();
