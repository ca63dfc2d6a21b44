// Batches that take turns, for what is measured: how long a step takes depends on its rows.
#pragma once

#include <cstdio>

#include "reel/models/zoo/zoo.h"
#include "tools/arguments.h"

namespace reel::cli {

/// The first batches of a model's data.
struct Turns {
  ZooConfig config;
  ZooData data;
  int64_t batch_size;

  /// The first `count` rows of the batch whose turn it is in run `run`.
  Tensor x(int64_t run, int64_t count) const { return rows_of(data.x, run, count); }
  Tensor y(int64_t run, int64_t count) const { return rows_of(data.y, run, count); }

 private:
  Tensor rows_of(const Tensor& all, int64_t run, int64_t count) const {
    const int64_t begin = run % (all.shape()[0] / batch_size) * batch_size;
    return all.slice_rows(begin, begin + count);
  }
};

/// Real rows where --data or the machine has them; nothing is downloaded.
Turns load_turns(const ZooModel& model, const Arguments& arguments, std::FILE* people);

}  // namespace reel::cli
