#include "reel/models/data/mixed_streams.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"

namespace reel {
namespace {

void check_shard(int64_t index, int64_t count) {
  if (index >= 0 && index < count) return;
  throw ValueError(
      fmt::format("shard: expected an index from 0 to below the number of parts, got {} of {}", index, count));
}

/// Rows [begin, end) of each part that is there.
std::vector<Tensor> some_rows(std::span<const Tensor> of, int64_t begin, int64_t end) {
  std::vector<Tensor> some;
  for (const Tensor& part : of) some.push_back(part ? part.slice_rows(begin, end) : Tensor());
  return some;
}

void copy_row(std::span<const Tensor> from, int64_t row, std::span<Tensor> to, int64_t at) {
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i]) to[i].slice_rows(at, at + 1).assign(from[i].slice_rows(row, row + 1));
  }
}

class Sharded final : public SampleSource {
 public:
  Sharded(Samples of, int64_t index, int64_t count) : of_(std::move(of)), index_(index), count_(count) {}
  Type type() const override {
    const int64_t all = of_.shape()[0];
    return {of_.dtype(), of_.shape().with_lead(std::max<int64_t>((all - index_ + count_ - 1) / count_, 0))};
  }
  bool reads_ahead() const override { return !of_.is_in_memory() && of_.reads_ahead(); }
  void read(std::span<const int64_t> numbers, Tensor& to) const override {
    std::vector<int64_t> in_all(numbers.begin(), numbers.end());
    for (int64_t& number : in_all) number = index_ + number * count_;
    of_.read(in_all, to);
  }

 private:
  Samples of_;
  int64_t index_, count_;
};

}  // namespace

Samples shard(const Samples& of, int64_t index, int64_t count) {
  check_shard(index, count);
  return Sharded(of, index, count);
}

ShuffledStream::ShuffledStream(RowStream& of, int64_t buffer_rows, uint64_t seed)
    : of_(of), buffer_rows_(buffer_rows), seed_(seed), random_(seed, Purpose::row_order) {
  if (buffer_rows < 1)
    throw ValueError(fmt::format("ShuffledStream: buffer_rows must be above 0, got {}", buffer_rows));
}

void ShuffledStream::fill() {
  while (held_ < buffer_rows_) {
    std::vector<Tensor> room = some_rows(buffer_, held_, buffer_rows_);
    const int64_t got = of_.read(buffer_rows_ - held_, room);
    if (got == 0) return;
    held_ += got;
  }
}

int64_t ShuffledStream::read_rows(int64_t count, std::span<Tensor> to) {
  if (buffer_.empty()) {
    for (const Tensor& part : to) {
      buffer_.push_back(part ? Tensor(part.dtype(), part.shape().with_lead(buffer_rows_)) : Tensor());
    }
  }
  int64_t given = 0;
  for (; given < count; ++given) {
    fill();
    if (held_ == 0) break;
    const auto drawn = static_cast<int64_t>(random_.below(static_cast<uint32_t>(held_)));
    copy_row(buffer_, drawn, to, given);
    --held_;
    if (drawn != held_) copy_row(buffer_, held_, buffer_, drawn);
  }
  return given;
}

bool ShuffledStream::go_to(int64_t row) {
  if (row != 0 || !of_.rewind()) return false;
  held_ = 0;
  if (position() > 0) ++pass_;
  random_ = Random(seed_, Purpose::row_order, pass_);
  return true;
}

ShardedStream::ShardedStream(RowStream& of, int64_t index, int64_t count) : of_(of), index_(index), count_(count) {
  check_shard(index, count);
}

std::optional<int64_t> ShardedStream::row_count() const {
  const auto all = of_.row_count();
  return all ? std::optional(std::max<int64_t>((*all - index_ + count_ - 1) / count_, 0)) : all;
}

int64_t ShardedStream::read_rows(int64_t count, std::span<Tensor> to) {
  int64_t given = 0;
  for (; given < count; ++given) {
    const int64_t row = index_ + next_ * count_;
    if (of_.row_count() && row >= *of_.row_count()) break;
    std::vector<Tensor> one = some_rows(to, given, given + 1);
    if (of_.can_seek()) of_.seek(row);
    bool is_there = true;
    // Rows of others go where this one will be written over them.
    while (is_there && of_.position() < row) is_there = of_.read(1, one) == 1;
    if (!is_there || of_.read(1, one) == 0) break;
    ++next_;
  }
  return given;
}

bool ShardedStream::go_to(int64_t row) {
  if (row != 0 && !of_.can_seek()) return false;
  if (row == 0 && !of_.rewind()) return false;
  next_ = row;
  return true;
}

}  // namespace reel
