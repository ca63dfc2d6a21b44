// Arguments for the rows of the table: random ones to compare values at, smooth ones to differentiate at.
#include <algorithm>

#include "ops/op_table.h"
#include "reel/autodiff/checking/sample_values.h"

namespace reel::testing {
namespace {

Shape concrete(const Shape& shape, int64_t row_count) { return shape.has_rows() ? shape.with_lead(row_count) : shape; }

bool is_ids(const OpRow& row, size_t argument) { return static_cast<int>(argument) == row.ids; }

}  // namespace

std::vector<Tensor> random_arguments(const OpRow& row, const Sample& sample, int64_t row_count, DType dtype) {
  Random random(7);
  std::vector<Tensor> arguments;
  for (size_t i = 0; i < sample.size(); ++i) {
    const Shape shape = concrete(sample[i], row_count);
    arguments.push_back(is_ids(row, i) ? checking::random_ids(shape, row.id_bound, random)
                                       : checking::random_values({dtype, shape}, row.values, random));
  }
  return arguments;
}

Array to_array(const Tensor& tensor) {
  Array array = Array::zeros({tensor.shape().dims().begin(), tensor.shape().dims().end()});
  for (size_t i = 0; i < array.values.size(); ++i) array.values[i] = tensor.at(static_cast<int64_t>(i));
  return array;
}

}  // namespace reel::testing
