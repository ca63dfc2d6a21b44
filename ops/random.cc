#include "reel/ops/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reel/graph/elementary.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

void check_key(std::string_view name, const Type& key) {
  if (key == Type{DType::i32, {2}}) return;
  throw ShapeError(fmt::format("{}: needs a key i32[2], a seed and the number of the step, got {}", name, key.str()));
}

uint64_t joined(uint32_t high, uint32_t low) { return uint64_t{high} << 32 | low; }

using Words = std::array<uint32_t, 4>;

std::array<float, 4> uniform_of(const Words& words) {
  std::array<float, 4> out;
  for (size_t i = 0; i < 4; ++i) out[i] = static_cast<float>(words[i] >> 8) * 0x1p-24f;
  return out;
}

/// Two pairs of Box and Muller.
std::array<float, 4> normal_of(const Words& words) {
  std::array<float, 4> out;
  for (size_t i = 0; i < 4; i += 2) {
    const double radius = std::sqrt(-2.0 * plain_log(1.0 - (words[i] >> 8) * 0x1p-24));
    const double turns = (words[i + 1] >> 8) * 0x1p-24;
    out[i] = static_cast<float>(radius * plain_cos_of_turns(turns));
    out[i + 1] = static_cast<float>(radius * plain_cos_of_turns(turns >= 0.25 ? turns - 0.25 : turns + 0.75));
  }
  return out;
}

class RandomRows final : public Op {
 public:
  using Numbers = std::array<float, 4> (*)(const Words&);
  RandomRows(std::string_view name, Numbers numbers, const Shape& shape, const RandomStream& stream)
      : name_(name), numbers_(numbers), shape_(shape), stream_(stream) {}

  std::string_view name() const override { return name_; }
  std::string attributes() const override {
    return fmt::format("{}, place={}, draw={}", shape_.str(), stream_.place, stream_.draw);
  }
  Traits traits() const override { return {.positional = true}; }

  Type infer(std::span<const Type> inputs) const override {
    check_key(name_, inputs[0]);
    return {DType::f32, shape_};
  }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return false; }

  void run(const Block& block) const override {
    const auto* key = block.in<int32_t>(0);
    const uint64_t seed = joined(stream_.place, static_cast<uint32_t>(key[0]));
    const auto step = static_cast<uint32_t>(key[1]);
    const int64_t in_row = shape_.row_size();
    for (int64_t row = 0; row < block.rows; ++row) {
      // A counter of 128 bits: the element and the row, the draw and the step.
      const auto number = static_cast<uint32_t>(block.first_row + row);
      float* to = block.out<float>() + row * in_row;
      for (int64_t i = 0; i < in_row; i += 4) {
        const Words words = philox(seed, joined(step, stream_.draw), joined(number, static_cast<uint32_t>(i / 4)));
        const std::array<float, 4> numbers = numbers_(words);
        std::copy_n(numbers.begin(), std::min<int64_t>(4, in_row - i), to + i);
      }
    }
  }

  std::vector<Var> gradient(std::span<const Var>, Var, Var) const override { return {Var{}}; }

 private:
  std::string_view name_;
  Numbers numbers_;
  Shape shape_;
  RandomStream stream_;
};

class NextSeed final : public Op {
 public:
  std::string_view name() const override { return "next_seed"; }
  Type infer(std::span<const Type> inputs) const override {
    check_key(name(), inputs[0]);
    return inputs[0];
  }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return false; }
  void run(const Block& block) const override {
    const auto* key = block.in<int32_t>(0);
    // The output may be cut by its own rows, of which it has two.
    for (int64_t i = 0; i < block.rows; ++i) {
      const int64_t which = block.first_row + i;
      const auto value = static_cast<uint32_t>(key[which]);
      block.out<int32_t>()[i] = static_cast<int32_t>(which == 1 ? value + 1 : value);
    }
  }
  std::vector<Var> gradient(std::span<const Var>, Var, Var) const override { return {Var{}}; }
};

template <RandomRows::Numbers numbers>
Var draw(std::string_view name, Var key, const Shape& shape, const RandomStream& stream) {
  const Shape at_least_a_row = shape.rank() == 0 ? Shape{1} : shape;
  return reshape(apply_op(std::make_shared<RandomRows>(name, numbers, at_least_a_row, stream), std::array{key}), shape);
}

}  // namespace

Var random_uniform(Var key, const Shape& of_row, const RandomStream& stream) {
  return draw<uniform_of>("random_uniform", key, of_row.with_inserted(0, rows), stream);
}

Var random_normal(Var key, const Shape& of_row, const RandomStream& stream) {
  return draw<normal_of>("random_normal", key, of_row.with_inserted(0, rows), stream);
}

Var uniform(Var key, const Shape& shape, double low, double high, const RandomStream& stream) {
  if (!(low <= high)) throw ValueError(fmt::format("uniform: expected low <= high, got {} and {}", low, high));
  return draw<uniform_of>("random_uniform", key, shape, stream) * (high - low) + low;
}

Var normal(Var key, const Shape& shape, double mean, double deviation, const RandomStream& stream) {
  if (!(deviation >= 0)) throw ValueError(fmt::format("normal: expected a deviation of at least 0, got {}", deviation));
  return draw<normal_of>("random_normal", key, shape, stream) * deviation + mean;
}

Var random_key(Graph& graph, int32_t seed) { return graph.constant(Tensor::of<int32_t>({seed, 0})); }

Var next_seed(Var key) { return apply_op(std::make_shared<NextSeed>(), std::array{key}); }

}  // namespace reel
