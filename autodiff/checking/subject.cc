#include "reel/autodiff/checking/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "reel/autodiff/check_op.h"

namespace reel::checking {
namespace {

void copy_rows(std::byte* to, int64_t to_gap, const std::byte* from, int64_t from_gap, int64_t count, int64_t bytes) {
  for (int64_t i = 0; i < count; ++i, to += bytes + to_gap, from += bytes + from_gap) {
    std::memcpy(to, from, static_cast<size_t>(bytes));
  }
}

bool all_are(const std::byte* from, int64_t count, std::byte filler) {
  return std::all_of(from, from + count, [=](std::byte byte) { return byte == filler; });
}

/// Of rows that lie `gap` bytes apart, without one after the last.
size_t span_of(int64_t count, int64_t row_bytes, int64_t gap) {
  return static_cast<size_t>(count == 0 ? 0 : count * (row_bytes + gap) - gap);
}

}  // namespace

Shape concrete(const Shape& shape, int64_t batch_rows) {
  return shape.has_rows() ? shape.with_lead(batch_rows) : shape;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.type() == b.type() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

bool are_near(double a, double b, double margin) {
  return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= margin;
}

double largest_of(const Tensor& values) {
  double largest = 1;
  for (int64_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values.at(i))) largest = std::max(largest, std::abs(values.at(i)));
  }
  return largest;
}

bool Subject::is_of_batch() const {
  const auto has_rows = [](const Type& t) { return t.shape.has_rows(); };
  return has_rows(type) || (op->traits().reduces_rows && std::any_of(types.begin(), types.end(), has_rows));
}

int64_t Subject::extent() const {
  if (!op->traits().reduces_rows) return concrete(type.shape, batch_rows).lead();
  for (size_t i = 0; i < types.size(); ++i) {
    if (by_row(i)) return values[i].shape().lead();
  }
  return 1;
}

Type Subject::written() const {
  const bool in_double = op->traits().adds_to_doubles && type.dtype == DType::f32;
  return {in_double ? DType::f64 : type.dtype, concrete(type.shape, batch_rows)};
}

Subject Subject::with(OpPtr other, std::vector<Type> other_types, std::vector<Tensor> other_values) const {
  Subject made{std::move(other), std::move(other_types), {}, std::move(other_values), {}, batch_rows};
  made.type = made.op->infer(made.types);
  made.others = made.values;
  return made;
}

void Subject::fail(const std::string& what) const { throw OpCheckError(fmt::format("{}: {}", op->name(), what)); }

BlockRun::BlockRun(const Subject& subject, int64_t first, int64_t count, const Setting& setting, const Tensor& sum)
    : subject_(subject),
      first_(first),
      count_(count),
      setting_(setting),
      whole_(subject.op->traits().reduces_rows),
      output_gap_(subject.op->traits().elementwise ? setting.gap : 0),
      written_(subject.written().dtype, subject.type.shape) {
  inputs_.reserve(subject.types.size());
  for (size_t i = 0; i < subject.types.size(); ++i) lay_out_input(i);
  lay_out_output(sum);
  if (const int64_t bytes = subject.op->scratch_bytes(subject.types, subject.type, count); bytes > 0) {
    scratch_.emplace_back(static_cast<size_t>(bytes), 0, setting.filler);
  }
  block_ = {.rows = count,
            .first_row = first + setting.shift,
            .batch_rows = subject.batch_rows + setting.shift,
            .inputs = operands_,
            .output = output_begin_,
            .type = &written_,
            .gap = output_gap_,
            .scratch = scratch_.empty() ? nullptr : scratch_[0].data()};
}

void BlockRun::lay_out_input(size_t input) {
  const Tensor& value = subject_.values[input];
  if (!subject_.by_row(input)) {
    inputs_.emplace_back(value.bytes(), 0, setting_.filler);
    std::memcpy(inputs_.back().data(), value.raw(), value.bytes());
    operands_.push_back({inputs_.back().data(), &subject_.types[input]});
    return;
  }
  const int64_t bytes = value.type().row_bytes(), gap = setting_.gap;
  inputs_.emplace_back(span_of(count_, bytes, gap), static_cast<size_t>(first_ * (bytes + gap)), setting_.filler);
  copy_rows(inputs_.back().data(), gap, value.raw() + first_ * bytes, 0, count_, bytes);
  operands_.push_back({inputs_.back().data(), &subject_.types[input], gap});
}

void BlockRun::lay_out_output(const Tensor& sum) {
  if (setting_.overwritten >= 0) {
    output_begin_ = inputs_[static_cast<size_t>(setting_.overwritten)].data();
    return;
  }
  const int64_t bytes = written_.row_bytes();
  const size_t size = whole_ ? sum.bytes() : span_of(count_, bytes, output_gap_);
  const int64_t offset = whole_ ? 0 : first_ * (bytes + output_gap_);
  output_begin_ = output_.emplace_back(size, static_cast<size_t>(offset), setting_.filler).data();
  if (!subject_.op->traits().accumulates) return;
  const int64_t count = whole_ ? 1 : count_;
  copy_rows(output_begin_, output_gap_, sum.raw(), 0, count, whole_ ? static_cast<int64_t>(sum.bytes()) : bytes);
}

std::string BlockRun::rows_text() const { return fmt::format("rows {} to {}", first_, first_ + count_); }

void BlockRun::require_untouched(const Guarded& memory, const std::string& what, const std::string& size) const {
  const auto at = memory.touched();
  if (!at) return;
  subject_.fail(fmt::format("writes outside {}, at byte {} of {}, for {}", what, *at, size, rows_text()));
}

void BlockRun::require_unchanged(size_t input) {
  const Tensor& value = subject_.values[input];
  const bool cut = subject_.by_row(input);
  const int64_t bytes = value.type().row_bytes(), gap = cut ? setting_.gap : 0;
  const std::byte *from = value.raw() + (cut ? first_ * bytes : 0), *now = inputs_[input].data();
  const int64_t count = cut ? count_ : bytes == 0 ? 0 : static_cast<int64_t>(value.bytes()) / bytes;
  for (int64_t i = 0; i < count; ++i) {
    const bool same = std::memcmp(now + i * (bytes + gap), from + i * bytes, static_cast<size_t>(bytes)) == 0;
    if (!same || (i + 1 < count && !all_are(now + i * (bytes + gap) + bytes, gap, setting_.filler))) {
      subject_.fail(fmt::format("changes its input {}, for {}", input, rows_text()));
    }
  }
}

void BlockRun::finish(Tensor& to) {
  for (const Guarded& memory : output_)
    require_untouched(memory, "its output", fmt::format("{}", whole_ ? to.type().str() : subject_.type.str()));
  for (const Guarded& memory : scratch_) require_untouched(memory, "its scratch", "what scratch_bytes asks for");
  for (size_t i = 0; i < inputs_.size(); ++i) {
    require_untouched(inputs_[i], fmt::format("input {}", i), subject_.types[i].str());
    if (!is_overwritten(i)) require_unchanged(i);
  }
  const int64_t bytes = whole_ ? static_cast<int64_t>(to.bytes()) : written_.row_bytes();
  const int64_t count = whole_ ? 1 : count_;
  for (int64_t i = 0; output_gap_ > 0 && i + 1 < count; ++i) {
    if (!all_are(output_begin_ + i * (bytes + output_gap_) + bytes, output_gap_, setting_.filler))
      subject_.fail(fmt::format("writes between rows of its output that lie apart, for {}", rows_text()));
  }
  copy_rows(to.raw(), 0, output_begin_, output_gap_, count, bytes);
}

Tensor run_rows(const Subject& subject, int64_t first, int64_t count, const Setting& setting) {
  Type type = subject.written();
  if (!subject.op->traits().reduces_rows && type.shape.rank() > 0) type.shape = type.shape.with_lead(count);
  Tensor out = Tensor::zeros(type.shape, type.dtype);
  BlockRun run(subject, first, count, setting, out);
  subject.op->run(run.block());
  run.finish(out);
  return out;
}

Tensor run_cut(const Subject& subject, const std::vector<int64_t>& sizes, const Setting& setting) {
  const Type type = subject.written();
  const bool whole = subject.op->traits().reduces_rows;
  Tensor out = Tensor::zeros(type.shape, type.dtype);
  const int64_t extent = subject.extent();
  size_t next = 0;
  for (int64_t first = 0, count; first < extent; first += count) {
    count = std::min(sizes[next++ % sizes.size()], extent - first);
    Tensor part = whole || type.shape.rank() == 0 ? out : out.slice_rows(first, first + count);
    BlockRun run(subject, first, count, setting, part);
    subject.op->run(run.block());
    run.finish(part);
  }
  return out;
}

Tensor run_whole(const Subject& subject, const Setting& setting) {
  return run_cut(subject, {std::max<int64_t>(subject.extent(), 1)}, setting);
}

}  // namespace reel::checking
