// Sums of transposed products, of double.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/gemm/transposed_f64.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include "reel/ops/gemm/transposed-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

template void gemm_paired(std::span<const GemmPair<double>>, int64_t, int64_t, int64_t, int64_t, double*);

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();
