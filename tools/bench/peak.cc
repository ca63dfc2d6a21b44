#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tools/bench/peak.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <hwy/highway.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#include "tools/bench/measure.h"
#include "tools/bench/peak.h"

HWY_BEFORE_NAMESPACE();
namespace reel::bench {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Twelve chains: more than latency times units (4 x 2 on today's cores), and few enough for sixteen registers.
double multiply_adds(int64_t rounds, float* sink) {
  const hn::ScalableTag<float> d;
  const auto a = hn::Set(d, 0.999999F), b = hn::Set(d, 1e-6F);
  auto c0 = hn::Set(d, 1.0F), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
  auto c6 = c0, c7 = c0, c8 = c0, c9 = c0, c10 = c0, c11 = c0;
  for (int64_t round = 0; round < rounds; ++round) {
    c0 = hn::MulAdd(c0, a, b), c1 = hn::MulAdd(c1, a, b), c2 = hn::MulAdd(c2, a, b), c3 = hn::MulAdd(c3, a, b);
    c4 = hn::MulAdd(c4, a, b), c5 = hn::MulAdd(c5, a, b), c6 = hn::MulAdd(c6, a, b), c7 = hn::MulAdd(c7, a, b);
    c8 = hn::MulAdd(c8, a, b), c9 = hn::MulAdd(c9, a, b), c10 = hn::MulAdd(c10, a, b), c11 = hn::MulAdd(c11, a, b);
  }
  const auto left = hn::Add(hn::Add(hn::Add(c0, c1), hn::Add(c2, c3)), hn::Add(hn::Add(c4, c5), hn::Add(c6, c7)));
  *sink = hn::GetLane(hn::Add(left, hn::Add(hn::Add(c8, c9), hn::Add(c10, c11))));
  return 2.0 * 12.0 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel::bench {
namespace {

HWY_EXPORT(multiply_adds);

constexpr int64_t kRounds = 4'000'000;
constexpr int kTries = 7;

double one_try(int threads) {
  std::vector<std::thread> others;
  std::vector<double> flops(static_cast<size_t>(threads)), begin(flops), end(flops);
  std::atomic<int> ready = 0;
  const auto work = [&](size_t i) {
    float sink = 0;
    for (++ready; ready < threads;) {
    }
    begin[i] = seconds_used(threads);
    flops[i] = HWY_DYNAMIC_DISPATCH(multiply_adds)(kRounds, &sink);
    end[i] = seconds_used(threads);
    [[maybe_unused]] volatile float kept = sink;
  };
  for (size_t i = 1; i < flops.size(); ++i) others.emplace_back(work, i);
  work(0);
  for (std::thread& other : others) other.join();
  const double seconds = *std::max_element(end.begin(), end.end()) - *std::min_element(begin.begin(), begin.end());
  return std::accumulate(flops.begin(), flops.end(), 0.0) / seconds / 1e9;
}

}  // namespace

double peak_gflops(int threads) {
  double best = 0;
  for (int i = 0; i < kTries; ++i) best = std::max(best, one_try(threads));
  return best;
}

}  // namespace reel::bench
#endif  // HWY_ONCE
