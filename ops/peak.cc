#include "reel/ops/peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/peak.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <hwy/highway.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "reel/graph/run/threads.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Runs twelve independent chains of x <- x * factor + 1, `steps` long: more than any core has multiply-adds under way,
/// and with the two operands few enough for sixteen registers. Returns how many floating-point operations that were.
/// `sink` takes the result, lest the work be left out.
double multiply_add_chains(int64_t steps, float factor, float* sink) {
  const hn::ScalableTag<float> d;
  const auto f = hn::Set(d, factor), one = hn::Set(d, 1.0f);
  // No two begin alike, or the compiler finds that they are equal, and runs one.
  const auto begin = [&](float at) HWY_ATTR { return hn::Set(d, at * factor); };
  auto a = begin(1), b = begin(2), c = begin(3), e = begin(4), g = begin(5), h = begin(6);
  auto i = begin(7), j = begin(8), k = begin(9), l = begin(10), m = begin(11), n = begin(12);
  for (int64_t step = 0; step < steps; ++step) {
    a = hn::MulAdd(a, f, one), b = hn::MulAdd(b, f, one), c = hn::MulAdd(c, f, one), e = hn::MulAdd(e, f, one);
    g = hn::MulAdd(g, f, one), h = hn::MulAdd(h, f, one), i = hn::MulAdd(i, f, one), j = hn::MulAdd(j, f, one);
    k = hn::MulAdd(k, f, one), l = hn::MulAdd(l, f, one), m = hn::MulAdd(m, f, one), n = hn::MulAdd(n, f, one);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(hn::Add(g, h), hn::Add(i, j))),
                           hn::Add(hn::Add(k, l), hn::Add(m, n)));
  *sink = hn::GetLane(sum);
  return 2.0 * 12.0 * static_cast<double>(steps) * static_cast<double>(hn::Lanes(d));
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {

HWY_EXPORT(multiply_add_chains);

namespace {

/// Processor time of the calling thread in seconds: other processes do not lengthen it.
double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

double measure_peak_flops(const std::function<double()>& seconds) {
  constexpr int kMeasurements = 16;
  constexpr int64_t kSteps = 1'000'000;  // some milliseconds
  const auto now = [&] { return seconds ? seconds() : thread_seconds(); };
  const int workers = threads();
  double best = 0;
  for (int i = 0; i < kMeasurements; ++i) {
    std::vector<double> rates(static_cast<size_t>(workers));
    std::vector<float> sinks(rates.size());
    volatile float factor = 0.5f;  // not known to the compiler
    for_each_worker(workers, [&](int worker) {
      const size_t w = static_cast<size_t>(worker);
      const double start = now();
      const double flops = HWY_DYNAMIC_DISPATCH(multiply_add_chains)(kSteps, factor, &sinks[w]);
      rates[w] = flops / (now() - start);
    });
    best = std::max(best, std::accumulate(rates.begin(), rates.end(), 0.0));
  }
  return best;
}

}  // namespace reel
#endif  // HWY_ONCE
