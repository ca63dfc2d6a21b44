#include "reel/models/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "reel/graph/error.h"

namespace reel {
namespace {

/// Steps of each row from the first on whose id is another than the row begins with.
std::vector<int64_t> steps_of_their_own(const Tensor& ids) {
  const size_t steps = static_cast<size_t>(ids.shape()[1]);
  std::vector<int64_t> own;
  for (std::span<const int32_t> rest = ids.data<int32_t>(); !rest.empty(); rest = rest.subspan(steps)) {
    const auto row = rest.first(steps);
    own.push_back(row.end() - std::find_if(row.begin(), row.end(), [&](int32_t id) { return id != row[0]; }));
  }
  return own;
}

/// 0, 1, ... count - 1 with their bits reversed, as van der Corput did: numbers near to each other come far apart.
std::vector<int64_t> spread(int64_t count) {
  std::vector<int64_t> numbers{0};
  for (int64_t range = 1; range < count; range *= 2) {
    for (int64_t& number : numbers) number *= 2;
    const size_t even = numbers.size();
    for (size_t i = 0; i < even; ++i) numbers.push_back(numbers[i] + 1);
  }
  std::erase_if(numbers, [&](int64_t number) { return number >= count; });
  return numbers;
}

}  // namespace

void check_rows(const Type* x, const Type* y, const Tensor& sample_weight) {
  const auto describe = [](const Type* type) { return type != nullptr ? type->shape.str() : std::string("nothing"); };
  const auto count = [](const Type* type) { return type != nullptr && type->shape.rank() > 0 ? type->shape[0] : 0; };
  if (count(x) == 0 || count(x) != count(y)) {
    throw ShapeError(fmt::format("data: x and y need the same number of rows, at least one, got {} and {}", describe(x),
                                 describe(y)));
  }
  if (sample_weight && !(sample_weight.type() == Type{DType::f32, {count(x)}})) {
    throw ShapeError(fmt::format("data: sample_weight must be f32[{}], got {}", count(x), sample_weight.type().str()));
  }
}

Split split_validation(const Samples& x, const Samples& y, const FitOptions& options) {
  if (!(options.validation_split >= 0 && options.validation_split < 1)) {
    throw ValueError(fmt::format("fit: validation_split must be in [0, 1), got {}", options.validation_split));
  }
  Split split{x, y, options.sample_weight, options.validation_data};
  if (options.validation_data.x || options.validation_split <= 0) return split;
  const int64_t n = x.shape()[0];
  const int64_t kept = static_cast<int64_t>(std::floor(static_cast<double>(n) * (1 - options.validation_split)));
  if (kept < 1 || kept >= n) {
    throw ValueError(fmt::format("fit: validation_split {} of {} rows leaves nothing to train or to validate on",
                                 options.validation_split, n));
  }
  split.validation = {x.slice_rows(kept, n), y.slice_rows(kept, n)};
  split.x = x.slice_rows(0, kept);
  split.y = y.slice_rows(0, kept);
  if (split.sample_weight) split.sample_weight = split.sample_weight.slice_rows(0, kept);
  return split;
}

void balance_batches(std::span<int64_t> order, const Samples& x, int64_t batch_size) {
  if (x.dtype() != DType::i32 || x.shape().rank() != 2 || x.shape()[1] == 0) return;
  const size_t size = static_cast<size_t>(batch_size);
  for (size_t begin = 0; begin < order.size(); begin += size) {
    const std::span<int64_t> batch = order.subspan(begin, std::min(size, order.size() - begin));
    const std::vector<int64_t> rows(batch.begin(), batch.end()), own = steps_of_their_own(x.read(batch));
    std::vector<size_t> sorted(batch.size());
    std::iota(sorted.begin(), sorted.end(), 0);
    std::stable_sort(sorted.begin(), sorted.end(), [&](size_t a, size_t b) { return own[a] < own[b]; });
    const std::vector<int64_t> ranks = spread(static_cast<int64_t>(batch.size()));
    for (size_t i = 0; i < batch.size(); ++i) batch[i] = rows[sorted[ranks[i]]];
  }
}

BatchReader::BatchReader(std::vector<Samples> data, int64_t batch_size)
    : data_(std::move(data)),
      batch_(data_.size()),
      buffers_(data_.size()),
      row_count_(data_[0].shape()[0]),
      batch_size_(batch_size) {
  if (batch_size <= 0) throw ValueError(fmt::format("batch_size must be positive, got {}", batch_size));
}

void BatchReader::start(Random* random) {
  next_ = 0;
  order_.clear();
  if (random == nullptr) return;
  order_.resize(static_cast<size_t>(row_count_));
  std::iota(order_.begin(), order_.end(), 0);
  for (int64_t i = row_count_ - 1; i > 0; --i)
    std::swap(order_[i], order_[random->below(static_cast<uint32_t>(i + 1))]);
  balance_batches(order_, data_[0], batch_size_);
}

const std::vector<Tensor>& BatchReader::next() {
  const int64_t begin = next_, end = std::min(row_count_, begin + batch_size_);
  next_ = end;
  for (size_t i = 0; i < data_.size(); ++i) {
    if (data_[i]) batch_[i] = order_.empty() ? data_[i].read(begin, end) : in_order(i, begin, end);
  }
  return batch_;
}

Tensor BatchReader::in_order(size_t which, int64_t begin, int64_t end) {
  const Samples& from = data_[which];
  Tensor& buffer = buffers_[which];
  if (!buffer) buffer = Tensor(from.dtype(), from.shape().with_lead(std::min(batch_size_, row_count_)));
  from.read(std::span(order_).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)), buffer);
  return buffer.slice_rows(0, end - begin);
}

void MeanOfLogs::add_one(size_t index, const std::string& name, double value, double weight) {
  sums_.resize(std::max(sums_.size(), index + 1));
  Sum& sum = sums_[index];
  sum.total += value * weight;
  sum.weight += weight;
  mean_.set(name, sum.weight > 0 ? sum.total / sum.weight : 0);
}

void MeanOfLogs::add(const Logs& logs, int64_t row_count) {
  const auto& entries = logs.entries();
  for (size_t i = 0; i < entries.size(); ++i) {
    add_one(i, entries[i].first, entries[i].second, static_cast<double>(row_count));
  }
}

void MeanOfLogs::add(std::span<const std::string> names, std::span<const Tensor> values, int64_t row_count) {
  const double by_rows = static_cast<double>(row_count);
  const double by_valid = values.size() > names.size() ? values.back().item() : by_rows;
  for (size_t i = 0; i < names.size(); ++i) add_one(i, names[i], values[i].item(), i == 0 ? by_rows : by_valid);
}

}  // namespace reel
