// Data that are made, as many rows as are wanted: what sequences demand of a memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reel/graph/random.h"
#include "reel/models/layer/layer.h"
#include "reel/models/zoo/zoo.h"

namespace reel {

/// Writes row `row` of x and y, drawn from `random`.
using MakeRow = std::function<void(Random& random, int64_t row, Tensor& x, Tensor& y)>;

/// Rows of these types, [rows, ...], each a function of its number alone: `count` to train on, unless the options say
/// how many, a tenth of that to validate on and ten held out. `what` is made is said in the source. Throws DataError
/// where a path is given.
ZooData make_rows(const ZooDataOptions& options, const std::string& what, const Type& x, const Type& y, int64_t count,
                  const MakeRow& make);

/// The option "cell": which recurrence.
ZooOption cell_option();
/// LSTM, GRU or SimpleRNN of "units", as the option "cell" says.
LayerPtr recurrence_of(const ZooConfig& config, bool return_sequences = false);

/// A layer's most probable classes of each step: i32 [rows, steps] of [rows, steps, classes].
std::vector<int32_t> likeliest_classes(const Tensor& probabilities);

}  // namespace reel
