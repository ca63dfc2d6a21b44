#include <fmt/format.h>

#include "extension/my_op.h"
#include "reel/graph/error.h"

namespace mine {
namespace {

using reel::Type, reel::Var;

class RunningSum final : public reel::Op {
 public:
  explicit RunningSum(bool from_right) : from_right_(from_right) {}
  std::string_view name() const override { return "mine.running_sum"; }
  std::string attributes() const override { return from_right_ ? "from_right" : ""; }
  reel::Traits traits() const override { return {.vectorwise = true, .finite_gradient = true}; }
  Type infer(std::span<const Type> inputs) const override {
    if (inputs[0].shape.rank() < 2 || inputs[0].dtype == reel::DType::i32) {
      throw reel::ShapeError(fmt::format("running_sum: needs floats [..., n], got {}", inputs[0].str()));
    }
    return inputs[0];
  }
  void run(const reel::Block& block) const override {
    block.type->dtype == reel::DType::f64 ? run_typed<double>(block) : run_typed<float>(block);
  }
  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override {
    return {running_sum(dy, !from_right_)};
  }

 private:
  template <class T>
  void run_typed(const reel::Block& block) const {
    const int64_t n = block.type->shape.back(), vectors = block.rows * block.type->shape.row_size() / n;
    for (int64_t i = 0; i < vectors; ++i) {
      const T* x = block.in<T>(0) + i * n;
      T* y = block.out<T>() + i * n;
      T sum = 0;
      for (int64_t j = 0; j < n; ++j) {
        const int64_t at = from_right_ ? n - 1 - j : j;
        y[at] = sum += x[at];
      }
    }
  }

  bool from_right_;
};

}  // namespace

Var running_sum(Var x, bool from_right) { return apply_op(std::make_shared<RunningSum>(from_right), std::array{x}); }

}  // namespace mine
