// Classes by their indices, as vectors of 0 and 1.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

class OneHot final : public Op {
 public:
  OneHot(int64_t classes, OneHotOptions options) : classes_(classes), options_(std::move(options)) {}
  std::string_view name() const override { return "one_hot"; }
  std::string attributes() const override {
    const std::string none = options_.none ? fmt::format(", none={}", *options_.none) : "";
    return fmt::format("classes={}, {}{}, {}", classes_, to_string(options_.dtype), none, options_.what);
  }

  Type infer(std::span<const Type> inputs) const override {
    const Shape& ids = inputs[0].shape;
    if (options_.dtype == DType::i32 || classes_ < 1 || ids.rank() == 0 || ids.rank() == Shape::kMaxRank) {
      throw ShapeError(
          fmt::format("{}: needs indices [rows, ...], a class at least and a float type, got {}, {} classes, {}",
                      options_.what, inputs[0].str(), classes_, to_string(options_.dtype)));
    }
    return {options_.dtype, ids.with_inserted(ids.rank(), classes_)};
  }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return true; }

  void run(const Block& block) const override {
    switch (block.inputs[0].type->dtype) {
      case DType::f32: return run_from<float>(block);
      case DType::f64: return run_from<double>(block);
      case DType::i32: return run_from<int32_t>(block);
    }
  }
  /// Piecewise constant.
  std::vector<Var> gradient(std::span<const Var>, Var, Var) const override { return {Var{}}; }

 private:
  template <class From>
  void run_from(const Block& block) const {
    options_.dtype == DType::f64 ? write<double>(block, block.in<From>(0)) : write<float>(block, block.in<From>(0));
  }

  template <class To, class From>
  void write(const Block& block, const From* ids) const {
    const int64_t in_row = block.inputs[0].type->shape.row_size(), count = block.rows * in_row;
    std::fill_n(block.out<To>(), count * classes_, To(0));
    for (int64_t i = 0; i < count; ++i) {
      const double id = static_cast<double>(ids[i]);
      if (options_.none && id == static_cast<double>(*options_.none)) continue;
      const bool is_class = id > -1 && id < static_cast<double>(classes_);  // no NaN is
      if (!is_class) {
        throw RowError(fmt::format("{}: {} in ", options_.what, id), block.first_row + i / in_row,
                       fmt::format(" is none of {} classes, 0 to {}", classes_, classes_ - 1));
      }
      block.out<To>()[i * classes_ + static_cast<int64_t>(id)] = To(1);
    }
  }

  int64_t classes_;
  OneHotOptions options_;
};

}  // namespace

Var one_hot(Var indices, int64_t classes, const OneHotOptions& options) {
  return apply_op(std::make_shared<OneHot>(classes, options), std::array{indices});
}

}  // namespace reel
