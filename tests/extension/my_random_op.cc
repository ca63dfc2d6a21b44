// An op that draws: each number is a function of the key, of the row's place in the whole batch and of the element's in
// its row, so that it is the same for any number of threads and however often it is computed.
#include <fmt/format.h>

#include "extension/my_op.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"

namespace mine {
namespace {

using reel::Type, reel::Var;

/// x + s u, u uniform on [-1, 1), for a key i32[2] of a seed and the number of the step; d = dy
class Jitter final : public reel::Op {
 public:
  explicit Jitter(double s) : s_(s) {}
  std::string_view name() const override { return "mine.jitter"; }
  std::string attributes() const override { return fmt::format("s={}", s_); }
  reel::Traits traits() const override { return {.positional = true}; }
  Type infer(std::span<const Type> inputs) const override {
    if (inputs[0].dtype != reel::DType::i32 && inputs[1] == Type{reel::DType::i32, {2}}) return inputs[0];
    throw reel::ShapeError("mine.jitter: needs floats and a key i32[2], got " + inputs[0].str() + " and " +
                           inputs[1].str());
  }
  bool by_row(size_t input, std::span<const Type>, const Type&) const override { return input == 0; }
  template <class T>
  void run_typed(const reel::Block& block) const {
    const auto* key = block.in<int32_t>(1);
    const int64_t n = block.type->shape.row_size();
    for (int64_t i = 0; i < block.rows * n; ++i) {
      const auto row = static_cast<uint64_t>(block.first_row + i / n), element = static_cast<uint64_t>(i % n);
      const auto words =
          reel::philox(static_cast<uint32_t>(key[0]), static_cast<uint32_t>(key[1]), row << 32 | element);
      block.out<T>()[i] = block.in<T>(0)[i] + static_cast<T>(s_ * ((words[0] >> 8) * 0x1p-23 - 1));
    }
  }
  void run(const reel::Block& block) const override {
    block.type->dtype == reel::DType::f64 ? run_typed<double>(block) : run_typed<float>(block);
  }
  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override { return {dy, Var{}}; }

 private:
  double s_;
};

}  // namespace

Var jitter(Var x, Var key, double s) { return apply_op(std::make_shared<Jitter>(s), std::array{x, key}); }

}  // namespace mine
