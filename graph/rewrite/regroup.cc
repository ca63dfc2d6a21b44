#include "reel/graph/rewrite/regroup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

#include "reel/graph/error.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

/// Common to the three: from one row space to another, the type stays.
class RegroupOp : public Op {
 public:
  RegroupOp(RowSpace from, RowSpace to) : from_(from), to_(to) {}
  std::string attributes() const override { return fmt::format("from={}, to={}", space_name(from_), space_name(to_)); }
  Type infer(std::span<const Type> inputs) const override {
    if (!inputs[0].shape.has_rows()) {
      throw ShapeError(fmt::format("{}: needs a value of the batch, got {}", name(), inputs[0].str()));
    }
    return inputs[0];
  }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return true; }
  RowSpace row_space(RowSpace) const override { return to_; }

 protected:
  static std::string space_name(RowSpace space) { return space == kAllRows ? "all" : std::to_string(space); }
  static size_t row_bytes(const Block& block) { return static_cast<size_t>(block.type->row_bytes()); }

  /// Calls f(group, row) for every row of the deeper space, groups ascending; rows are numbered as values hold them.
  template <class F>
  static void for_each_member(const PrefixTree& tree, RowSpace groups, RowSpace members, F&& f) {
    const std::span<const int32_t> starts = tree.starts(groups), order = tree.order();
    size_t group = 0;
    const auto visit = [&](int32_t sorted, int64_t row) {
      while (group + 1 < starts.size() && starts[group + 1] <= sorted) ++group;
      f(static_cast<int64_t>(group), row);
    };
    if (members == kAllRows) {
      for (size_t i = 0; i < order.size(); ++i) visit(static_cast<int32_t>(i), order[i]);
    } else {
      const std::span<const int32_t> deeper = tree.starts(members);
      for (size_t j = 0; j < deeper.size(); ++j) visit(deeper[j], static_cast<int64_t>(j));
    }
  }

  /// Whether both spaces have the same groups, in the same order.
  static bool is_identity(const PrefixTree& tree, RowSpace a, RowSpace b) {
    return a != kAllRows && b != kAllRows && tree.count(a) == tree.count(b);
  }
  static void copy_all(const Block& block) {
    if (block.output == block.inputs[0].data) return;
    std::memcpy(block.output, block.inputs[0].data, static_cast<size_t>(block.rows) * row_bytes(block));
  }

  RowSpace from_, to_;
};

class ExpandGroups final : public RegroupOp {
 public:
  using RegroupOp::RegroupOp;
  std::string_view name() const override { return "expand_groups"; }
  /// Between depths groups only move to the back, so the copy may go from the back in the same memory.
  bool may_overwrite(size_t, std::span<const Type>) const override { return to_ != kAllRows; }

  void run(const Block& block) const override {
    const PrefixTree& tree = *block.prefixes;
    if (is_identity(tree, from_, to_)) return copy_all(block);
    std::array<int32_t, kMostTileRows> source;
    for_each_member(tree, from_, to_, [&](int64_t group, int64_t row) { source[row] = static_cast<int32_t>(group); });
    const size_t bytes = row_bytes(block);
    for (int64_t row = block.rows - 1; row >= 0; --row) {
      std::memmove(block.output + static_cast<size_t>(row) * bytes,
                   block.inputs[0].data + static_cast<size_t>(source[row]) * bytes, bytes);
    }
  }

  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override { return {sum_groups(dy, from_)}; }
};

class SumGroups final : public RegroupOp {
 public:
  using RegroupOp::RegroupOp;
  std::string_view name() const override { return "sum_groups"; }
  bool may_overwrite(size_t, std::span<const Type>) const override { return from_ != kAllRows; }

  void run(const Block& block) const override {
    if (is_identity(*block.prefixes, from_, to_)) return copy_all(block);
    block.type->dtype == DType::f64 ? run_typed<double>(block) : run_typed<float>(block);
  }

  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override { return {expand_groups(dy, from_)}; }

 private:
  template <class T>
  void run_typed(const Block& block) const {
    const int64_t size = block.type->shape.row_size();
    int64_t last = -1;
    for_each_member(*block.prefixes, to_, from_, [&](int64_t group, int64_t row) {
      const T* x = block.in<T>(0) + row * size;
      T* y = block.out<T>() + group * size;
      if (group != last) {
        std::memmove(y, x, static_cast<size_t>(size) * sizeof(T));
        last = group;
      } else {
        for (int64_t i = 0; i < size; ++i) y[i] += x[i];
      }
    });
  }
};

/// The transpose of TakeRepresentatives: each group's row at its first row, zeros elsewhere.
class PutRepresentatives final : public RegroupOp {
 public:
  using RegroupOp::RegroupOp;
  std::string_view name() const override { return "put_representatives"; }
  void run(const Block& block) const override {
    const std::span<const int32_t> starts = block.prefixes->starts(from_), order = block.prefixes->order();
    const size_t bytes = row_bytes(block);
    std::memset(block.output, 0, static_cast<size_t>(block.rows) * bytes);
    for (size_t j = 0; j < starts.size(); ++j) {
      std::memcpy(block.output + static_cast<size_t>(order[starts[j]]) * bytes, block.inputs[0].data + j * bytes,
                  bytes);
    }
  }
  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override {
    return {take_representatives(dy, from_)};
  }
};

class TakeRepresentatives final : public RegroupOp {
 public:
  using RegroupOp::RegroupOp;
  std::string_view name() const override { return "take_representatives"; }
  Traits traits() const override { return {.strided = true}; }
  void run(const Block& block) const override {
    const std::span<const int32_t> starts = block.prefixes->starts(to_), order = block.prefixes->order();
    const size_t step = row_bytes(block) + static_cast<size_t>(block.inputs[0].gap);
    const auto take = [&](auto bytes) {
      for (size_t j = 0; j < starts.size(); ++j) {
        std::memcpy(block.output + j * bytes, block.inputs[0].data + static_cast<size_t>(order[starts[j]]) * step,
                    bytes);
      }
    };
    constexpr std::integral_constant<size_t, sizeof(int32_t)> kId;  // a constant size needs no call
    row_bytes(block) == kId ? take(kId) : take(row_bytes(block));
  }
  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override {
    return {dy.graph().add(std::make_shared<PutRepresentatives>(to_, kAllRows), std::array{dy})};
  }
};

template <class Regroup>
Var regroup(Var x, RowSpace space) {
  const RowSpace from = x.graph().node(x).space;
  return from == space ? x : x.graph().add(std::make_shared<Regroup>(from, space), std::array{x});
}

}  // namespace

Var take_representatives(Var x, RowSpace space) { return regroup<TakeRepresentatives>(x, space); }
Var expand_groups(Var x, RowSpace space) { return regroup<ExpandGroups>(x, space); }
Var sum_groups(Var x, RowSpace space) { return regroup<SumGroups>(x, space); }

}  // namespace reel
