// An op whose every answer can be given: right ones of one that doubles its input, for tests to put a wrong one among.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reel/autodiff/check_op.h"
#include "reel/graph/graph.h"
#include "reel/ops/ops.h"

namespace mine {

using reel::Block, reel::DType, reel::Op, reel::OpPtr, reel::Shape, reel::Traits, reel::Type, reel::Var;

/// y[i] = f(x, i) for every element of a block, x the elements of input 0.
template <class F>
void fill(const Block& block, F&& f) {
  const auto typed = [&](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0; i < block.rows * block.type->shape.row_size(); ++i)
      block.out<T>()[i] = static_cast<T>(f(block.in<T>(0), i));
  };
  block.type->dtype == DType::f64 ? typed(double()) : typed(float());
}

inline void twice(const Block& block) {
  fill(block, [](const auto* x, int64_t i) { return 2 * x[i]; });
}

struct Parts {
  Traits traits = {};
  std::function<void(const Block&)> run = twice;
  std::function<Type(std::span<const Type>)> infer = [](std::span<const Type> x) { return x[0]; };
  std::function<std::vector<Var>(std::span<const Var>, Var, Var)> gradient = [](std::span<const Var>, Var, Var dy) {
    return std::vector{2.0 * dy};
  };
  std::string attributes = {};
  std::function<bool(size_t)> by_row = {};
  bool may_overwrite = false, joins_rows = false;
  int moves_blocks = 0;
  int64_t scratch_bytes = 0;
  std::optional<int64_t> column = {}, part_of_row = {};
  std::optional<reel::Placement> placement = {};
  std::optional<reel::Prepack> prepack = {};
  OpPtr with_addend = {}, by_output_rows = {};
  std::string name = "mine.made";
};

class Made final : public Op {
 public:
  explicit Made(Parts parts) : parts_(std::move(parts)) {}
  std::string_view name() const override { return parts_.name; }
  std::string attributes() const override { return parts_.attributes; }
  Traits traits() const override { return parts_.traits; }
  Type infer(std::span<const Type> inputs) const override { return parts_.infer(inputs); }
  bool by_row(size_t input, std::span<const Type> inputs, const Type& output) const override {
    return parts_.by_row ? parts_.by_row(input) : Op::by_row(input, inputs, output);
  }
  bool moves_blocks(int trailing, const Type&) const override { return trailing <= parts_.moves_blocks; }
  std::optional<int64_t> column() const override { return parts_.column; }
  std::optional<reel::Placement> placement(const Type&) const override { return parts_.placement; }
  std::optional<int64_t> part_of_row(const Type&) const override { return parts_.part_of_row; }
  bool joins_rows() const override { return parts_.joins_rows; }
  bool may_overwrite(size_t, std::span<const Type>) const override { return parts_.may_overwrite; }
  OpPtr with_addend() const override { return parts_.with_addend; }
  std::optional<reel::Prepack> prepack(std::span<const Type>) const override { return parts_.prepack; }
  OpPtr by_output_rows() const override { return parts_.by_output_rows; }
  int64_t scratch_bytes(std::span<const Type>, const Type&, int64_t) const override { return parts_.scratch_bytes; }
  void run(const Block& block) const override { parts_.run(block); }
  std::vector<Var> gradient(std::span<const Var> x, Var y, Var dy) const override {
    return parts_.gradient ? parts_.gradient(x, y, dy) : Op::gradient(x, y, dy);
  }

 private:
  Parts parts_;
};

inline OpPtr made(Parts parts) { return std::make_shared<Made>(std::move(parts)); }
inline reel::OpMaker maker(Parts parts) {
  return [op = made(std::move(parts))](std::span<const Var> x) { return reel::apply_op(op, x); };
}

/// What check_op says of the op; nothing if it finds no fault.
inline std::string said_of(Parts parts, const std::vector<Type>& types = {{DType::f32, {reel::rows, 6}}},
                           const reel::OpCheckOptions& options = {}) {
  try {
    reel::check_op(maker(std::move(parts)), types, options);
  } catch (const reel::OpCheckError& error) {
    return error.what();
  }
  return "";
}

}  // namespace mine
