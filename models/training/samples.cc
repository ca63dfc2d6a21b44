#include "reel/models/training/samples.h"

#include <fmt/format.h>

#include <cstring>
#include <numeric>
#include <vector>

#include "reel/graph/error.h"

namespace reel {

Samples::Samples(std::shared_ptr<const SampleSource> source) : source_(std::move(source)) {
  if (!source_) throw ValueError("Samples: expected a source of rows, got none");
  type_ = source_->type();
  if (type_.shape.rank() == 0 || type_.shape.has_rows()) {
    throw ShapeError(fmt::format("Samples: a source needs a number of rows, [n, ...], got {}", type_.shape.str()));
  }
}

void check_read(const Type& type, std::span<const int64_t> numbers, const Tensor& to) {
  const int64_t count = static_cast<int64_t>(numbers.size());
  const bool fits = to && type.shape.rank() > 0 && to.shape().rank() > 0 &&
                    to.type() == Type{type.dtype, type.shape.with_lead(to.shape()[0])} && count <= to.shape()[0];
  if (!fits) {
    throw ShapeError(fmt::format("read: {} rows of {} do not go into {}", count, type.str(),
                                 to ? to.type().str() : std::string("nothing")));
  }
  for (const int64_t row : numbers) {
    if (row < 0 || row >= type.shape[0]) throw ValueError(fmt::format("read: {} has no row {}", type.str(), row));
  }
}

void Samples::refuse_text() const {
  if (is_text()) {
    throw ValueError(
        fmt::format("Samples: expected numbers, got texts {}, which only models whose layers read them take",
                    texts_.shape().str()));
  }
}

Samples Samples::slice_rows(int64_t begin, int64_t end) const {
  if (is_text()) return texts_.slice_rows(begin, end);
  if (!source_) return tensor_.slice_rows(begin, end);
  if (begin < 0 || begin > end || end > type_.shape[0]) {
    throw ValueError(fmt::format("slice_rows: {} has no rows [{}, {})", type_.str(), begin, end));
  }
  Samples slice(*this);
  slice.first_ += begin;
  slice.type_.shape = type_.shape.with_lead(end - begin);
  return slice;
}

/// A tensor put in place of the one to write to would be read as one of its size.
void Samples::read_source(std::span<const int64_t> numbers, Tensor& to) const {
  const Type type = to.type();
  const std::byte* elements = to.raw();
  source_->read(numbers, to);
  if (to.raw() == elements && to.type() == type) return;
  const std::string put = to ? "another " + to.type().str() : std::string("nothing");
  throw ShapeError(
      fmt::format("Samples: a source sets the elements of the tensor that it is given, {}; it put {} in its "
                  "place",
                  type.str(), put));
}

Tensor Samples::read(int64_t begin, int64_t end) const {
  refuse_text();
  if (!source_) return tensor_.slice_rows(begin, end);
  const Samples slice = slice_rows(begin, end);
  std::vector<int64_t> numbers(static_cast<size_t>(end - begin));
  std::iota(numbers.begin(), numbers.end(), 0);
  return slice.read(numbers);
}

Tensor Samples::read(std::span<const int64_t> numbers) const {
  Tensor taken(dtype(), shape().with_lead(static_cast<int64_t>(numbers.size())));
  read(numbers, taken);
  return taken;
}

void Samples::read(std::span<const int64_t> numbers, Tensor& to) const {
  refuse_text();
  check_read(type_, numbers, to);
  if (source_) {
    if (first_ == 0) return read_source(numbers, to);
    std::vector<int64_t> in_source(numbers.begin(), numbers.end());
    for (int64_t& number : in_source) number += first_;
    return read_source(in_source, to);
  }
  const size_t row_bytes = static_cast<size_t>(type_.row_bytes());
  std::byte* next = to.raw();
  for (const int64_t row : numbers) {
    std::memcpy(next, tensor_.raw() + static_cast<size_t>(row) * row_bytes, row_bytes);
    next += row_bytes;
  }
}

}  // namespace reel
