#include "reel/models/layers/categories.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {
namespace {

[[noreturn]] void refuse_shape(const CategoryCode& code, const std::string& shape) {
  throw ShapeError(
      fmt::format("{}: \"{}\" counts along the last axis of [n, ..., k], got {}", code.layer, code.mode, shape));
}

void add(std::span<const int64_t> indices, const CategoryCode& code, float* row) {
  for (const int64_t index : indices) {
    if (index == kNoCategory) continue;
    float& at = row[index];
    at = code.mode == "multi_hot" ? 1 : at + 1;
  }
  for (size_t i = 0; i < code.weights.size(); ++i) row[i] *= code.weights[i];
}

/// Of categories, the axes of values with these.
template <class Extents>
void drop_single(Extents& extents) {
  if (extents.size() > 1 && extents.back() == 1) extents.pop_back();
}

}  // namespace

Tensor encoded_lists(const std::vector<std::vector<int64_t>>& lists, const CategoryCode& code) {
  Tensor made = Tensor::zeros({static_cast<int64_t>(lists.size()), code.depth});
  float* row = made.data<float>().data();
  for (const std::vector<int64_t>& list : lists) {
    add(list, code, row);
    row += code.depth;
  }
  return made;
}

Tensor encoded_indices(std::span<const int64_t> indices, const Shape& shape, const CategoryCode& code) {
  if (code.mode == "int") return Tensor::of(shape, indices);
  std::vector<int64_t> extents(shape.dims().begin(), shape.dims().end());
  size_t of_each = 1;
  if (code.mode == "one_hot") {
    drop_single(extents);
  } else {
    if (extents.size() < 2) refuse_shape(code, shape.str());
    of_each = static_cast<size_t>(extents.back());
    extents.pop_back();
  }
  extents.push_back(code.depth);
  Tensor made = Tensor::zeros(Shape(extents));
  float* row = made.data<float>().data();
  for (size_t begin = 0; begin < indices.size(); begin += of_each) {
    add(indices.subspan(begin, of_each), code, row);
    row += code.depth;
  }
  return made;
}

SymbolicType encoded_type(const SymbolicType& input, const CategoryCode& code) {
  SymbolicType made{.dtype = code.mode == "int" ? DType::i32 : DType::f32, .shape = input.shape};
  if (code.mode == "int") return made;
  if (code.mode == "one_hot") {
    drop_single(made.shape);
  } else {
    if (made.shape.size() < 2) refuse_shape(code, input.str());
    made.shape.pop_back();
  }
  made.shape.push_back(code.depth);
  return made;
}

}  // namespace reel
