#include "reel/models/zoo/memory_tasks.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/elementary.h"

namespace reel {
namespace {

constexpr int64_t kKinds = 8, kSilence = 0, kNow = 9;

}  // namespace

ZooData load_adding(const ZooDataOptions& options) {
  const int64_t steps = options.config["steps"], half = steps / 2;
  return make_rows(options, fmt::format("sums of two of {} numbers", steps), {DType::f32, {rows, steps, 2}},
                   {DType::f32, {rows, 1}}, 10000, [&](Random& random, int64_t row, Tensor& x, Tensor& y) {
                     const auto numbers = x.data<float>().subspan(static_cast<size_t>(row * steps * 2));
                     for (int64_t t = 0; t < steps; ++t)
                       numbers[static_cast<size_t>(2 * t)] = static_cast<float>(random.uniform());
                     const size_t first = random.below(static_cast<uint32_t>(half)),
                                  second =
                                      static_cast<size_t>(half) + random.below(static_cast<uint32_t>(steps - half));
                     for (size_t t = 0; t < static_cast<size_t>(steps); ++t)
                       numbers[2 * t + 1] = t == first || t == second;
                     y.data<float>()[static_cast<size_t>(row)] = numbers[2 * first] + numbers[2 * second];
                   });
}

std::string show_adding(const ZooData& data, ZooTrained& trained) {
  const Tensor sums = trained.model.predict(data.held_out_x);
  std::string out = "Sums that training never saw\n";
  double error = 0, blind = 0;
  for (int64_t i = 0; i < sums.size(); ++i) {
    const double sum = data.held_out_y.at(i), off = sums.at(i) - sum;
    error += off * off / static_cast<double>(sums.size());
    blind += (1 - sum) * (1 - sum) / static_cast<double>(sums.size());
    out += fmt::format("{:2}. {:.3f}; it is {:.3f}\n", i + 1, sums.at(i), sum);
  }
  return out + fmt::format("Mean squared error {:.4f}; always saying 1: {:.4f}\n", error, blind);
}

ZooData load_copying(const ZooDataOptions& options) {
  const int64_t pause = options.config["steps"], steps = pause + 2 * kCopiedDigits;
  const Type type{DType::i32, {rows, steps}};
  return make_rows(options, fmt::format("ten digits to be said again after {} steps", pause), type, type, 10000,
                   [&](Random& random, int64_t row, Tensor& x, Tensor& y) {
                     const auto from = static_cast<size_t>(row * steps), count = static_cast<size_t>(steps);
                     const auto heard = x.data<int32_t>().subspan(from, count),
                                said = y.data<int32_t>().subspan(from, count);
                     std::ranges::fill(heard, kSilence);
                     std::ranges::fill(said, kSilence);
                     heard[static_cast<size_t>(kCopiedDigits + pause - 1)] = kNow;
                     for (size_t i = 0; i < kCopiedDigits; ++i) {
                       heard[i] = said[count - kCopiedDigits + i] = static_cast<int32_t>(1 + random.below(kKinds));
                     }
                   });
}

std::string show_copying(const ZooData& data, ZooTrained& trained) {
  const std::vector<int32_t> said = likeliest_classes(trained.model.predict(data.held_out_x));
  const std::span<const int32_t> wanted = data.held_out_y.data<int32_t>();
  const auto steps = static_cast<size_t>(data.held_out_y.shape()[1]), first = steps - kCopiedDigits;
  std::string out = "Digits that training never saw, after the silence\n";
  int64_t right = 0;
  for (size_t row = 0; row < wanted.size() / steps; ++row) {
    std::string asked, answered;
    for (size_t i = row * steps + first; i < (row + 1) * steps; ++i) {
      asked += fmt::to_string(wanted[i]);
      answered += fmt::to_string(said[i]);
      right += said[i] == wanted[i];
    }
    out += fmt::format("{:2}. {}; they were {}\n", row + 1, answered, asked);
  }
  return out + fmt::format("{} of {} right; guessing: one of {}. The loss of guessing: {:.4f}\n", right,
                           wanted.size() / steps * kCopiedDigits, kKinds,
                           kCopiedDigits * plain_log(kKinds) / static_cast<double>(steps));
}

}  // namespace reel
