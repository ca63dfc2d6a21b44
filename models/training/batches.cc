#include "reel/models/training/batches.h"

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

/// Whether rows of this type are sequences of ids, [n, steps].
bool are_ids(const Type& type) { return type.dtype == DType::i32 && type.shape.rank() == 2 && type.shape[1] > 0; }

/// The rows of a batch of ids in balanced order.
std::vector<int64_t> balanced_rows(const Tensor& ids) {
  const std::vector<int64_t> own = steps_of_their_own(ids);
  std::vector<int64_t> sorted(own.size()), balanced;
  std::iota(sorted.begin(), sorted.end(), 0);
  std::stable_sort(sorted.begin(), sorted.end(), [&](int64_t a, int64_t b) { return own[a] < own[b]; });
  for (const int64_t rank : spread(static_cast<int64_t>(own.size()))) balanced.push_back(sorted[rank]);
  return balanced;
}

/// values[places[0]], values[places[1]], ... in their place.
void rearrange(std::span<int64_t> values, std::span<const int64_t> places) {
  const std::vector<int64_t> old(values.begin(), values.end());
  for (size_t i = 0; i < values.size(); ++i) values[i] = old[places[i]];
}

/// The rows that all of the data have, which must be the same; what is empty has none.
int64_t rows_of(std::span<const Samples> data) {
  if (data.empty() || !data[0]) throw ShapeError("data: expected [n, ...], got nothing");
  for (const Samples& part : data) {
    if (!part || (part.shape().rank() > 0 && part.shape()[0] == data[0].shape().lead())) continue;
    throw ShapeError(fmt::format("data: expected [n, ...] of the same number of rows, got {} and {}",
                                 data[0].shape().str(), part.shape().str()));
  }
  return data[0].shape()[0];
}

}  // namespace

void balance_batches(std::span<int64_t> order, const Samples& x, int64_t batch_size) {
  if (batch_size <= 0) throw ValueError(fmt::format("batch_size must be positive, got {}", batch_size));
  if (!are_ids(x.type())) return;
  const size_t size = static_cast<size_t>(batch_size);
  for (size_t begin = 0; begin < order.size(); begin += size) {
    const std::span<int64_t> batch = order.subspan(begin, std::min(size, order.size() - begin));
    rearrange(batch, balanced_rows(x.read(batch)));
  }
}

void BatchSource::skip(int64_t batches) {
  Batch batch;
  while (batches-- > 0 && read(batch)) {
  }
}

BatchReader::BatchReader(std::vector<Samples> data, int64_t batch_size)
    : data_(std::move(data)), row_count_(rows_of(data_)), batch_size_(std::min(batch_size, row_count_)) {
  if (batch_size <= 0) throw ValueError(fmt::format("batch_size must be positive, got {}", batch_size));
}

bool BatchReader::start(Random* random) {
  next_ = 0;
  order_.clear();
  if (random == nullptr) return true;
  order_.resize(static_cast<size_t>(row_count_));
  std::iota(order_.begin(), order_.end(), 0);
  for (int64_t i = row_count_ - 1; i > 0; --i)
    std::swap(order_[i], order_[random->below(static_cast<uint32_t>(i + 1))]);
  return true;
}

void BatchReader::skip(int64_t batches) { next_ = std::min(row_count_, next_ + batches * batch_size_); }

bool BatchReader::reads_ahead() const {
  return std::ranges::any_of(data_, [](const Samples& part) { return part && !part.is_in_memory(); }) &&
         std::ranges::all_of(data_, [](const Samples& part) { return !part || part.reads_ahead(); });
}

bool BatchReader::read(Batch& to) {
  const int64_t begin = next_, end = std::min(row_count_, begin + batch_size_);
  if (begin == end) return false;
  to.data.resize(data_.size());
  to.buffers.resize(data_.size());
  to.first_row = begin;
  to.numbers.assign(order_.begin() + (order_.empty() ? 0 : begin), order_.begin() + (order_.empty() ? 0 : end));
  if (order_.empty()) {
    for (size_t i = 0; i < data_.size(); ++i) {
      if (data_[i]) to.data[i] = data_[i].read(begin, end);
    }
  } else {
    // First what decides the order of the others.
    are_ids(data_[0].type()) ? read_balanced(to) : read_in_order(0, to);
    for (size_t i = 1; i < data_.size(); ++i) {
      if (data_[i]) read_in_order(i, to);
    }
  }
  next_ = end;
  return true;
}

void BatchReader::read_in_order(size_t which, Batch& to) const {
  Tensor& rows_read = buffer(which, to);
  data_[which].read(to.numbers, rows_read);
  to.data[which] = rows_read.slice_rows(0, std::ssize(to.numbers));
}

/// The rows of the first data, which may be dear to make, are read where they stand and copied to where they belong.
void BatchReader::read_balanced(Batch& to) const {
  Tensor& rows_read = buffer(0, to);
  if (!to.unbalanced) to.unbalanced = Tensor(rows_read.dtype(), rows_read.shape());
  data_[0].read(to.numbers, to.unbalanced);
  const auto count = std::ssize(to.numbers);
  const std::vector<int64_t> places = balanced_rows(to.unbalanced.slice_rows(0, count));
  rearrange(to.numbers, places);
  Samples(to.unbalanced).read(places, rows_read);
  to.data[0] = rows_read.slice_rows(0, count);
}

Tensor& BatchReader::buffer(size_t which, Batch& of) const {
  Tensor& buffer = of.buffers[which];
  if (!buffer) buffer = Tensor(data_[which].dtype(), data_[which].shape().with_lead(batch_size_));
  return buffer;
}

}  // namespace reel
