// The table of op tests: a row an op says all that op_test.cc needs to check it. A new op adds its row to
// op_table.cc, an elementwise one to elementwise_rows.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/array.h"
#include "reel/autodiff/checking/sample_values.h"
#include "reel/graph/graph.h"

namespace reel::testing {

using checking::Domain;

/// Arguments by shape. Axis 0 may be `rows`; the tests choose how many.
using Sample = std::vector<Shape>;

/// Arguments at the ends of the numbers, and what the op makes of them in a program.
struct Special {
  std::vector<std::vector<double>> x;  ///< a row of each argument
  double y;
  DType dtype = DType::f32;
  /// y where the processor tells before rounding, not after, that a result is too small for a normal number.
  std::optional<double> told_before_rounding = {};
};

struct OpRow {
  std::string name;                               ///< as in ops/ops.h
  std::function<Var(std::span<const Var>)> make;  ///< applies it to arguments of a sample's shapes
  std::vector<Sample> samples;
  Reference reference;
  /// Largest error in units of 2^-23 (float32) or 2^-52 (float64), relative to the reference's scale. 0: exact.
  double ulps = 0;
  Domain values = {-3, 3};  ///< where values are compared
  Domain smooth = {-2, 2};  ///< where gradients are; elements keep away from 0 and from one another
  int order = 2;            ///< how often it can be differentiated; 0 for piecewise constant ops, whose gradient is 0
  /// An argument that holds ids in [0, id_bound), of type i32; the others are floats.
  int ids = -1;
  int64_t id_bound = 0;
  std::vector<Special> specials = {};
};

const std::vector<OpRow>& op_table();

/// Arguments of a sample for `row_count` rows, on row.values: random, with zeros and ties among them. Each is a
/// float32, whatever the dtype.
std::vector<Tensor> random_arguments(const OpRow& row, const Sample& sample, int64_t row_count, DType dtype);
Array to_array(const Tensor& tensor);

}  // namespace reel::testing
