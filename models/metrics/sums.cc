#include "reel/models/metrics/sums.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/losses/reduce.h"

namespace reel {
namespace {

Var in_double(Var x) { return cast(x, DType::f64); }

}  // namespace

void name_and_dtype(Fields& fields, std::string& name, std::string_view dtype) {
  fields("name", name);
  fields.only("dtype", fmt::format("\"{}\"", dtype));
}

Var weights_for(Var values, Var weight, std::string_view what) {
  if (!weight) return values.graph().constant(1, DType::f64);
  check_weight(values.shape(), weight.shape(), what);
  return with_axes_of(values, in_double(weight));
}

std::vector<Var> sums_for_mean(Var values, Var weight, std::string_view what) {
  Graph& graph = values.graph();
  const Var all = in_double(values);
  if (values.shape().rank() == 0) {
    const Var count = weight ? sum(in_double(weight)) : row_count(graph, DType::f64);
    return {all * count, count};
  }
  if (!weight) return {sum(all), element_count(values)};
  const Var fitting = weights_for(values, weight, what);
  const auto in_each = static_cast<double>(values.shape().row_size() / weight.shape().row_size());
  return {sum(multiply_no_nan(all, fitting)), sum(in_double(weight)) * in_each};
}

Tensor mean_of_sums(std::span<const Tensor> sums) {
  return Tensor::scalar(quotient(sums[0].item(), sums[1].item()), DType::f64);
}

Var element_count(Var x) {
  Graph& graph = x.graph();
  const auto in_row = static_cast<double>(x.shape().row_size());
  if (x.shape().has_rows()) return row_count(graph, DType::f64) * in_row;
  return graph.constant(static_cast<double>(x.shape().lead()) * in_row, DType::f64);
}

Var sum_to_last(Var values, int kept) {
  Var all = in_double(values);
  while (all.shape().rank() > kept + 1) all = reduce_sum(all, 1);
  return kept == 0 ? sum(all) : sum_rows(all);
}

std::vector<double> doubles_of(const Tensor& tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.size(); ++i) values.push_back(tensor.at(i));
  return values;
}

Tensor result_of(const std::vector<double>& values) {
  return values.size() == 1 ? Tensor::scalar(values[0], DType::f64) : Tensor::of(values);
}

}  // namespace reel
