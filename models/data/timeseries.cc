#include "reel/models/data/timeseries.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "reel/graph/error.h"

namespace reel {
namespace {

class Windows final : public SampleSource {
 public:
  Windows(Tensor series, int64_t count, int64_t length, const TimeSeriesOptions& options)
      : series_(std::move(series)), count_(count), length_(length), options_(options) {}

  Type type() const override { return {series_.dtype(), series_.shape().with_inserted(1, length_).with_lead(count_)}; }
  void read(std::span<const int64_t> numbers, Tensor& to) const override {
    check_read(type(), numbers, to);
    const auto step_bytes = static_cast<size_t>(series_.type().row_bytes());
    std::byte* next = to.raw();
    for (const int64_t window : numbers) {
      for (int64_t i = 0; i < length_; ++i, next += step_bytes) {
        const int64_t step = window * options_.sequence_stride + i * options_.sampling_rate;
        std::memcpy(next, series_.raw() + static_cast<size_t>(step) * step_bytes, step_bytes);
      }
    }
  }

  bool reads_ahead() const override { return false; }  // as fast as they are copied

 private:
  Tensor series_;
  int64_t count_, length_;
  TimeSeriesOptions options_;
};

void check(int64_t number, int64_t below, const char* what) {
  if (number > 0 && number < below) return;
  throw ValueError(
      fmt::format("timeseries_dataset_from_array: {} must be above 0 and below {}, got {}", what, below, number));
}

}  // namespace

TimeSeries timeseries_dataset_from_array(const Tensor& data, const Tensor& targets, int64_t sequence_length,
                                         const TimeSeriesOptions& options) {
  if (!data || data.ndim() == 0) throw ShapeError("timeseries_dataset_from_array: expected a series [n, ...]");
  const int64_t steps = data.shape()[0], end = options.end_index.value_or(steps), begin = options.start_index;
  if (sequence_length < 1) {
    throw ValueError(
        fmt::format("timeseries_dataset_from_array: sequence_length must be above 0, got {}", sequence_length));
  }
  check(options.sampling_rate, steps, "sampling_rate");
  check(options.sequence_stride, steps, "sequence_stride");
  if (begin < 0 || begin >= end || end > steps) {
    throw ValueError(fmt::format("timeseries_dataset_from_array: steps [{}, {}) are none of {}", begin, end, steps));
  }
  int64_t starts = end - begin - (sequence_length - 1) * options.sampling_rate;
  if (targets) starts = std::min(starts, targets.shape()[0]);
  const int64_t count = std::max<int64_t>((starts + options.sequence_stride - 1) / options.sequence_stride, 0);
  TimeSeries made{Windows(data.slice_rows(begin, end), count, sequence_length, options), {}};
  if (!targets) return made;
  std::vector<int64_t> of(static_cast<size_t>(count));
  for (size_t i = 0; i < of.size(); ++i) of[i] = begin + static_cast<int64_t>(i) * options.sequence_stride;
  made.y = Samples(targets).read(of);
  return made;
}

}  // namespace reel
