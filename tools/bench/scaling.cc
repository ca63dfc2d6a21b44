// reel-scaling STEPS UNITS ROWS THREADS SECONDS: SimpleRNN on batches of so many reviews of any length, as a JSON line;
// one size a process, so that its peak memory is its own.
//
// The ids are synthetic, but begin alike as reviews do, since that is what prefix sharing lives on: lengths are
// log-normal with the median (0.35 of the steps) and spread (sigma 0.6) of IMDB's reviews among their 500 steps, zeros
// stand in front, every review begins with id 1, and words are as frequent as 1 / rank.
//
// The limit is the time that the products of a step would take at the machine's peak (timing.h), measured in the same
// process: 2 units^2 for every distinct prefix of a tile, and 2 features units for the input projection, once for each
// distinct prefix or each word of the vocabulary, whichever is fewer; all three times: forward, and backward for states
// and weights.
#include <fmt/format.h>
#include <reel/reel.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>

#include "tools/timing.h"

namespace reel::bench {
namespace {

using cli::median_ms;
using cli::milliseconds;
using cli::peak_gflops;
using cli::peak_rss_mb;

constexpr int64_t kBatches = 10, kWords = 5000, kFeatures = 32;
constexpr int32_t kStart = 1, kFirstWord = 4;
constexpr double kMedianLength = 0.35, kLengthSpread = 0.6;

/// i32 [rows, steps]
Tensor reviews(int64_t count, int64_t steps) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> length(std::log(kMedianLength * static_cast<double>(steps)), kLengthSpread);
  std::uniform_real_distribution<double> log_rank(0, std::log(static_cast<double>(kWords - kFirstWord)));
  Tensor ids = Tensor::zeros({count, steps}, DType::i32);
  for (int64_t row = 0; row < count; ++row) {
    const std::span<int32_t> review = ids.slice_rows(row, row + 1).data<int32_t>();
    const double drawn = std::clamp(length(random), 1.0, static_cast<double>(steps));
    const std::span<int32_t> text = review.last(static_cast<size_t>(drawn));
    for (int32_t& id : text) id = kFirstWord - 1 + static_cast<int32_t>(std::exp(log_rank(random)));
    if (text.size() < review.size()) text[0] = kStart;  // others are cut in front
  }
  return ids;
}

Sequential make_model(int64_t steps, int64_t units) {
  Sequential model{Embedding(kWords, kFeatures, {.input_length = steps}), SimpleRNN(units),
                   Dense(1, {.activation = sigmoid})};
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .metrics = {Accuracy{}}});
  return model;
}

/// Of the products of a training step, in 10^9 operations: all as written, and those left to do.
struct Work {
  double dense, needed;
};

Work work_of(int64_t steps, int64_t units, int64_t rows, double distinct_share) {
  constexpr double kProducts = 3, kOperations = 2;
  const double pairs = static_cast<double>(rows * steps), distinct = pairs * distinct_share;
  const double recurrent = kProducts * kOperations * static_cast<double>(units * units) / 1e9;
  const double projection = kProducts * kOperations * static_cast<double>(kFeatures * units) / 1e9;
  return {.dense = pairs * (recurrent + projection),
          .needed = distinct * recurrent + std::min(distinct, static_cast<double>(kWords)) * projection};
}

int run(int64_t steps, int64_t units, int64_t rows, int threads, double seconds) {
  set_threads(threads);
  const Tensor x = reviews(rows * kBatches, steps), y = Tensor::uniform({rows * kBatches, 1}, 0, 2, 1);
  for (Tensor labels = y; float& label : labels.data<float>()) label = std::floor(label);
  const auto batch = [rows](const Tensor& all, int64_t run, int64_t count) {
    const int64_t begin = run % kBatches * rows;
    return all.slice_rows(begin, begin + count);
  };
  std::optional<Sequential> made;
  const double first = milliseconds([&] {
    made.emplace(make_model(steps, units));
    made->train_on_batch(batch(x, 0, rows), batch(y, 0, rows));
  });
  Sequential& model = *made;
  double peak = peak_gflops(threads);
  const double train =
      median_ms(seconds, [&](int64_t run) { model.train_on_batch(batch(x, run, rows), batch(y, run, rows)); });
  peak = std::max(peak, peak_gflops(threads));
  const double share = model.training_stats().distinct_share, memory = peak_rss_mb();
  const double forward =
      median_ms(seconds, [&](int64_t run) { model.predict(batch(x, run, rows), {.batch_size = rows}); });
  const double one = median_ms(seconds, [&](int64_t run) { model.predict(batch(x, run, 1)); });
  const Work work = work_of(steps, units, rows, share);
  const double limit = 1e3 * work.needed / peak;
  fmt::print(
      R"({{"steps": {}, "units": {}, "rows": {}, "threads": {}, "train_ms": {}, "forward_ms": {}, "one_row_ms": {}, )"
      R"("first_step_ms": {}, "peak_rss_mb": {}, "distinct_share": {}, "dense_gflop": {}, "needed_gflop": {}, )"
      R"("peak_gflops": {}, "limit_ms": {}, "share_of_limit": {}}})"
      "\n",
      steps, units, rows, threads, train, forward, one, first, memory, share, work.dense, work.needed, peak, limit,
      limit / train);
  return 0;
}

}  // namespace
}  // namespace reel::bench

int main(int argc, char** argv) {
  if (argc != 6) {
    fmt::print(stderr, "usage: reel-scaling STEPS UNITS ROWS THREADS SECONDS\n");
    return 2;
  }
  try {
    return reel::bench::run(std::stol(argv[1]), std::stol(argv[2]), std::stol(argv[3]), std::stoi(argv[4]),
                            std::stod(argv[5]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "reel-scaling: {}\n", error.what());
    return 2;
  }
}
