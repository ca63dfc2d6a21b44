#include "reel/models/zoo/made.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/simple_rnn.h"

namespace reel {
namespace {

constexpr uint64_t kFirstSeed = 1 << 20;  // each row has its own
constexpr int64_t kHeldOut = 10;

}  // namespace

ZooData make_rows(const ZooDataOptions& options, const std::string& what, const Type& x, const Type& y, int64_t count,
                  const MakeRow& make) {
  if (!options.path.empty()) {
    throw DataError(fmt::format("{}: this model's data are made, and nothing is read", options.path));
  }
  const int64_t training = options.rows > 0 ? options.rows : count,
                validating = std::max<int64_t>(training / 10, kHeldOut);
  const int64_t all = kHeldOut + validating + training;
  Tensor all_x(x.dtype, x.shape.with_lead(all)), all_y(y.dtype, y.shape.with_lead(all));
  for (int64_t row = 0; row < all; ++row) {
    Random random(kFirstSeed + static_cast<uint64_t>(row));
    make(random, row, all_x, all_y);
  }
  const int64_t split = kHeldOut + validating;
  return {.source = fmt::format("{}, made: {} to train on, {} to validate on, {} held out", what, training, validating,
                                kHeldOut),
          .x = all_x.slice_rows(split, all),
          .y = all_y.slice_rows(split, all),
          .validation_x = all_x.slice_rows(kHeldOut, split),
          .validation_y = all_y.slice_rows(kHeldOut, split),
          .held_out_x = all_x.slice_rows(0, kHeldOut),
          .held_out_y = all_y.slice_rows(0, kHeldOut)};
}

ZooOption cell_option() { return word_option("cell", {"lstm", "gru", "simple_rnn"}, "the recurrence"); }

LayerPtr recurrence_of(const ZooConfig& config, bool return_sequences) {
  const int64_t units = config["units"];
  if (config.word("cell") == "gru") return GRU(units, {.return_sequences = return_sequences});
  if (config.word("cell") == "simple_rnn") return SimpleRNN(units, {.return_sequences = return_sequences});
  return LSTM(units, {.return_sequences = return_sequences});
}

std::vector<int32_t> likeliest_classes(const Tensor& probabilities) {
  const auto classes = static_cast<size_t>(probabilities.shape().back());
  const std::span<const float> all = probabilities.data<float>();
  std::vector<int32_t> likeliest;
  for (size_t begin = 0; begin < all.size(); begin += classes) {
    const auto step = all.subspan(begin, classes);
    likeliest.push_back(static_cast<int32_t>(std::ranges::max_element(step) - step.begin()));
  }
  return likeliest;
}

}  // namespace reel
