// Rows of a table picked by ids, and the transpose: values added at ids.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/gather.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"
#include "reel/ops/reduce-inl.h"

#ifndef REEL_OPS_GATHER_ONCE
#define REEL_OPS_GATHER_ONCE
namespace reel {

/// Picked rows lie anywhere in a table larger than the near caches: each is asked for while the ones before it are
/// used.
constexpr int64_t kAhead = 4;

inline void prefetch_row(const std::byte* row, size_t bytes, bool to_write) {
  constexpr size_t kLine = 64, kMost = 1024;
  for (size_t at = 0; at < std::min(bytes, kMost); at += kLine) {
    to_write ? __builtin_prefetch(row + at, 1) : __builtin_prefetch(row + at, 0);
  }
}

/// Asks for the row that id i + kAhead names. It may be any number yet: a prefetch may point anywhere.
inline void prefetch_ahead(const std::byte* table, size_t row_bytes, const int32_t* ids, int64_t i, int64_t count,
                           bool to_write) {
  if (i + kAhead < count) prefetch_row(table + static_cast<size_t>(ids[i + kAhead]) * row_bytes, row_bytes, to_write);
}

[[noreturn]] inline void refuse_id(std::string_view op, int32_t id, int64_t table_rows) {
  const std::string has = table_rows > 0 ? fmt::format("has ids 0 to {}", table_rows - 1) : "is empty";
  throw ValueError(fmt::format("{}: id {} is outside the table, which {}", op, id, has));
}

inline int64_t checked(std::string_view op, int32_t id, int64_t table_rows) {
  if (id < 0 || id >= table_rows) refuse_id(op, id, table_rows);
  return id;
}

}  // namespace reel
#endif  // REEL_OPS_GATHER_ONCE

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// Adds each of the block's updates to the row of the table that its id names; the table may be of doubles.
template <class T, class Sum>
void add_rows(const Block& block, int64_t table_rows) {
  const int64_t count = block.rows * block.inputs[0].type->shape.row_size(), width = block.type->shape.row_size();
  const int32_t* ids = block.in<int32_t>(0);
  const T* update = block.in<T>(1);
  const size_t bytes = static_cast<size_t>(width) * sizeof(Sum);
  for (int64_t i = 0; i < count; ++i, update += width) {
    prefetch_ahead(block.output, bytes, ids, i, count, true);
    add_into(update, block.sparse_row<Sum>(checked("scatter_add", ids[i], table_rows), width), width);
  }
}

/// Adds to each vector of the addend, or to the only one, its part of the row that an id names. A table of single
/// numbers has rows that are shorter than the vector.
template <class T>
void gather_add_rows(const Block& block) {
  const Type &table = *block.inputs[0].type, &addend = *block.inputs[2].type;
  const int64_t count = block.rows * block.inputs[1].type->shape.row_size(), width = table.shape.row_size();
  const bool is_vector = addend.shape.rank() < block.type->shape.rank();
  const int64_t period = is_vector ? addend.shape[0] : count * width, part = std::min(period, width);
  const int32_t* ids = block.in<int32_t>(1);
  const T* x = block.in<T>(2);
  T* y = block.out<T>();
  const size_t bytes = static_cast<size_t>(width) * sizeof(T);
  for (int64_t i = 0, next = 0; i < count; ++i) {
    prefetch_ahead(block.inputs[0].data, bytes, ids, i, count, false);
    const T* row = block.in<T>(0) + checked("gather", ids[i], table.shape.lead()) * width;
    for (int64_t at = 0; at < width; at += part, y += part) {
      if (x + next != y) std::copy_n(x + next, part, y);
      step_into<SumStep>(row + at, y, part);
      next += part;
      if (next == period) next = 0;
    }
  }
}

void gather_add_kernel(const Block& block) {
  block.type->dtype == DType::f64 ? gather_add_rows<double>(block) : gather_add_rows<float>(block);
}

void scatter_add_kernel(const Block& block, int64_t table_rows) {
  if (block.inputs[1].type->dtype == DType::f64) return add_rows<double, double>(block, table_rows);
  block.type->dtype == DType::f64 ? add_rows<float, double>(block, table_rows)
                                  : add_rows<float, float>(block, table_rows);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {
namespace {

HWY_EXPORT(gather_add_kernel);
HWY_EXPORT(scatter_add_kernel);

void check_ids(std::string_view op, const Type& ids) {
  if (ids.dtype != DType::i32) throw ShapeError(fmt::format("{}: ids must be i32, got {}", op, ids.str()));
}

class GatherOp : public Op {
 public:
  Type infer(std::span<const Type> inputs) const override {
    const Shape &table = inputs[0].shape, &ids = inputs[1].shape;
    check_ids(name(), inputs[1]);
    if (table.rank() == 0 || table.has_rows() || ids.rank() == 0) {
      throw ShapeError(
          fmt::format("gather: needs a table without the row axis and ids with at least one axis, got {} and {}",
                      inputs[0].str(), inputs[1].str()));
    }
    std::vector<int64_t> dims(ids.dims().begin(), ids.dims().end());
    dims.insert(dims.end(), table.dims().begin() + 1, table.dims().end());
    return {inputs[0].dtype, Shape(dims)};
  }
  bool by_row(size_t input, std::span<const Type> inputs, const Type& output) const override {
    return input == 1 || (input == 2 && inputs[2].shape.rank() == output.shape.rank());
  }
};

class GatherAdd final : public GatherOp {
 public:
  std::string_view name() const override { return "gather_add"; }
  /// A vector of the addend is read right before it is written.
  bool may_overwrite(size_t input, std::span<const Type>) const override { return input == 2; }
  double flops_per_row(std::span<const Type>, const Type& output) const override {
    return static_cast<double>(output.shape.row_size());
  }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(gather_add_kernel)(block); }

  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return {scatter_add(x[1], dy, x[0].shape()[0]), Var{}, sum_to(dy, x[2].shape())};
  }
};

class Gather final : public GatherOp {
 public:
  std::string_view name() const override { return "gather"; }
  Traits traits() const override { return {.gather = true}; }
  OpPtr with_addend() const override { return std::make_shared<GatherAdd>(); }

  void run(const Block& block) const override {
    const Type& table = *block.inputs[0].type;
    const int64_t count = block.rows * block.inputs[1].type->shape.row_size();
    const size_t bytes = static_cast<size_t>(table.row_bytes());
    const int32_t* ids = block.in<int32_t>(1);
    for (int64_t i = 0; i < count; ++i) {
      prefetch_ahead(block.inputs[0].data, bytes, ids, i, count, false);
      std::memcpy(block.output + static_cast<size_t>(i) * bytes,
                  block.inputs[0].data + static_cast<size_t>(checked(name(), ids[i], table.shape.lead())) * bytes,
                  bytes);
    }
  }

  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return {scatter_add(x[1], dy, x[0].shape()[0]), Var{}};
  }
};

class ScatterAdd final : public Op {
 public:
  explicit ScatterAdd(int64_t table_rows) : table_rows_(table_rows) {}
  std::string_view name() const override { return "scatter_add"; }
  std::string attributes() const override { return fmt::format("rows={}", table_rows_); }
  Traits traits() const override {
    return {.accumulates = true, .reduces_rows = true, .adds_to_doubles = true, .sparse = true};
  }

  Type infer(std::span<const Type> inputs) const override {
    const Shape &ids = inputs[0].shape, &updates = inputs[1].shape;
    check_ids(name(), inputs[0]);
    const bool leads = ids.rank() > 0 && ids.rank() <= updates.rank() &&
                       std::equal(ids.dims().begin(), ids.dims().end(), updates.dims().begin());
    if (!leads || inputs[1].dtype == DType::i32) {
      throw ShapeError(fmt::format("scatter_add: needs ids [i...] and float updates [i..., ...], got {} and {}",
                                   inputs[0].str(), inputs[1].str()));
    }
    if (table_rows_ < 0) {
      throw ShapeError(fmt::format("scatter_add: there is no table of {} rows to add to, given {} and {}", table_rows_,
                                   inputs[0].str(), inputs[1].str()));
    }
    std::vector<int64_t> dims{table_rows_};
    dims.insert(dims.end(), updates.dims().begin() + ids.rank(), updates.dims().end());
    return {inputs[1].dtype, Shape(dims)};
  }

  bool by_row(size_t, std::span<const Type>, const Type&) const override { return true; }
  double flops_per_row(std::span<const Type> inputs, const Type&) const override {
    return static_cast<double>(inputs[1].shape.row_size());
  }

  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(scatter_add_kernel)(block, table_rows_); }

  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override { return {Var{}, gather(dy, x[0])}; }

 private:
  int64_t table_rows_;
};

}  // namespace

Var gather(Var table, Var ids) { return apply_op(std::make_shared<Gather>(), std::array{table, ids}); }

Var scatter_add(Var ids, Var updates, int64_t table_rows) {
  return apply_op(std::make_shared<ScatterAdd>(table_rows), std::array{ids, updates});
}

}  // namespace reel
#endif  // HWY_ONCE
