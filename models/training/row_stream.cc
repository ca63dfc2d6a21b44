#include "reel/models/training/row_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "reel/graph/error.h"

namespace reel {
namespace {

constexpr int64_t kSkippedAtOnce = 256;

/// A type for each tensor of a batch; of rank 0 where there is none.
std::vector<Type> batch_types(const DataTypes& types) {
  std::vector<Type> all = types.x;
  all.insert(all.end(), types.y.begin(), types.y.end());
  for (size_t i = 0; i < types.y.size(); ++i) all.push_back(i < types.weights.size() ? types.weights[i] : Type{});
  return all;
}

bool is_given(const Type& type) { return type.shape.rank() > 0; }

void check_types(const DataTypes& types) {
  if (types.x.empty()) throw ShapeError("RowStream: expected types of rows, [rows, ...], got none");
  if (!types.weights.empty() && types.weights.size() != types.y.size()) {
    throw ShapeError(fmt::format("RowStream: expected a type of weights for each of {} outputs, got {}", types.y.size(),
                                 types.weights.size()));
  }
  const std::vector<Type> all = batch_types(types);
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].shape.has_rows() || (!is_given(all[i]) && i >= types.x.size() + types.y.size())) continue;
    throw ShapeError(fmt::format("RowStream: expected types of rows, [rows, ...], got {}", all[i].shape.str()));
  }
}

Tensor rows_of_type(const Type& type, int64_t count) {
  return is_given(type) ? Tensor(type.dtype, type.shape.with_lead(count)) : Tensor();
}

std::vector<Tensor> first_rows(std::span<const Tensor> of, int64_t begin, int64_t end) {
  std::vector<Tensor> rows_of;
  for (const Tensor& part : of) rows_of.push_back(part ? part.slice_rows(begin, end) : Tensor());
  return rows_of;
}

void check_room(const std::vector<Type>& types, int64_t count, std::span<const Tensor> to) {
  if (count < 1) throw ValueError(fmt::format("RowStream: expected a number of rows to read above 0, got {}", count));
  if (to.size() != types.size()) {
    throw ShapeError(fmt::format("RowStream: rows of {} parts do not go into {}", types.size(), to.size()));
  }
  for (size_t i = 0; i < to.size(); ++i) {
    if (!is_given(types[i])) continue;
    const bool fits = to[i] && to[i].shape().rank() > 0 && count <= to[i].shape()[0] &&
                      to[i].type() == Type{types[i].dtype, types[i].shape.with_lead(to[i].shape()[0])};
    if (fits) continue;
    throw ShapeError(fmt::format("RowStream: {} rows of {} do not go into {}", count, types[i].str(),
                                 to[i] ? to[i].type().str() : std::string("nothing")));
  }
}

}  // namespace

int64_t RowStream::read(int64_t count, std::span<Tensor> to) {
  check_room(batch_types(types()), count, to);
  const int64_t held = read_held(count, to);
  if (held == count) return held;
  std::vector<Tensor> rest = first_rows(to, held, count);
  std::vector<const std::byte*> elements;
  for (const Tensor& part : rest) elements.push_back(part.raw());
  const int64_t wanted = count - held, got = read_rows(wanted, rest);
  if (got < 0 || got > wanted) {
    throw ValueError(fmt::format("RowStream: expected up to {} rows to be read, got {}", wanted, got));
  }
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i].raw() == elements[i] && (!rest[i] || rest[i].shape() == to[i].shape().with_lead(wanted))) continue;
    throw ShapeError("RowStream: a stream sets the elements of the tensors that it is given; it put another in place");
  }
  position_ += got;
  return held + got;
}

int64_t RowStream::read_held(int64_t count, std::span<Tensor> to) {
  const int64_t held = held_count(), taken = std::min(held, count);
  if (taken == 0) return 0;
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i]) to[i].slice_rows(0, taken).assign(held_[i].slice_rows(0, taken));
  }
  held_ = taken == held ? std::vector<Tensor>() : first_rows(held_, taken, held);
  return taken;
}

void RowStream::take_back(const Batch& batch) {
  const int64_t count = batch.row_count(), all = count + held_count();
  std::vector<Tensor> joined;
  for (size_t i = 0; i < batch.data.size(); ++i) {
    const Tensor& part = batch.data[i];
    joined.push_back(part ? Tensor(part.dtype(), part.shape().with_lead(all)) : Tensor());
    if (!part) continue;
    joined[i].slice_rows(0, count).assign(part);
    if (!held_.empty()) joined[i].slice_rows(count, all).assign(held_[i]);
  }
  held_ = std::move(joined);
}

bool RowStream::rewind() {
  if (position() == 0 && !held_.empty()) return true;
  if (!go_to(0)) return false;
  position_ = 0;
  held_.clear();
  return true;
}

void RowStream::seek(int64_t row) {
  const auto refuse = [&] {
    throw ValueError(fmt::format("RowStream: cannot go from row {} to row {}", position(), row));
  };
  if (row < 0) refuse();
  if (can_seek() && row != position()) {
    if (!go_to(row)) refuse();
    position_ = row;
    held_.clear();
  }
  if (row < position() && !rewind()) refuse();
  std::vector<Tensor> skipped;
  for (const Type& type : batch_types(types())) skipped.push_back(rows_of_type(type, kSkippedAtOnce));
  while (position() < row) {
    if (read(std::min(kSkippedAtOnce, row - position()), skipped) == 0) refuse();
  }
}

int64_t GeneratedRows::read_rows(int64_t count, std::span<Tensor> to) {
  int64_t made = 0;
  while (made < count) {
    row_ = first_rows(to, made, made + 1);
    if (!make_(row_)) break;
    for (size_t i = 0; i < to.size(); ++i) {
      if (!to[i] || row_[i].raw() == to[i].slice_rows(made, made + 1).raw()) continue;
      throw ShapeError("GeneratedRows: a row is written into the tensors that are given; another was put in place");
    }
    ++made;
  }
  return made;
}

StreamBatches::StreamBatches(RowStream& stream, int64_t batch_size) : stream_(stream), batch_size_(batch_size) {
  if (batch_size <= 0) throw ValueError(fmt::format("batch_size must be positive, got {}", batch_size));
  const DataTypes types = stream.types();
  check_types(types);
  types_ = batch_types(types);
  if (const auto rows_there = stream.row_count()) batch_size_ = std::clamp<int64_t>(*rows_there, 1, batch_size);
}

StreamBatches::~StreamBatches() {
  if (has_first_) stream_.take_back(first_);
}

std::optional<int64_t> StreamBatches::count() const {
  const auto all = stream_.row_count();
  if (!all) return all;
  const int64_t left = *all - stream_.position() + (has_first_ ? first_.row_count() : 0);
  return (left + batch_size_ - 1) / batch_size_;
}

/// A stream at its end is not known for one before it has been read.
bool StreamBatches::start(Random*) {
  if (!has_first_) has_first_ = read_rows(first_);
  goes_on_ = has_first_;
  if (!has_first_ && stream_.rewind()) has_first_ = read_rows(first_);
  return has_first_;
}

bool StreamBatches::read(Batch& to) {
  if (!std::exchange(has_first_, false)) return read_rows(to);
  std::swap(first_, to);
  return true;
}

void StreamBatches::skip(int64_t batches) {
  if (!stream_.can_seek() || batches < 2) return BatchSource::skip(batches);
  BatchSource::skip(1);  // which may have been read already
  stream_.seek(stream_.position() + (batches - 1) * batch_size_);
}

bool StreamBatches::read_rows(Batch& to) {
  to.buffers.resize(types_.size());
  for (size_t i = 0; i < types_.size(); ++i) {
    if (!to.buffers[i]) to.buffers[i] = rows_of_type(types_[i], batch_size_);
  }
  to.first_row = stream_.position();
  const int64_t count = stream_.read(batch_size_, to.buffers);
  if (count == 0) return false;
  to.data = first_rows(to.buffers, 0, count);
  return true;
}

}  // namespace reel
