// Fisher's irises, as AIMA's DataSet(name='iris') has them: part of the library, nothing is read.
#pragma once

#include <array>
#include <string_view>

#include "reel/graph/tensor.h"

namespace reel {

/// Rows of numbers and the classes they are of.
struct LabelledRows {
  Tensor x;  ///< f32 [n, features]
  Tensor y;  ///< i32 [n], of 0 to classes - 1
};

/// What the columns of `iris().x` and the classes of `iris().y` are.
inline constexpr std::array<std::string_view, 4> kIrisFeatures{"sepal_length", "sepal_width", "petal_length",
                                                               "petal_width"};
inline constexpr std::array<std::string_view, 3> kIrisClasses{"setosa", "versicolor", "virginica"};

/// 150 flowers, fifty of each class one after the other: x f32 [150, 4], in centimetres, and y i32 [150].
/// Source: R. A. Fisher, "The use of multiple measurements in taxonomic problems", 1936, as the UCI repository has it
/// (`iris.data`, in which two rows differ from the paper), and AIMA's iris.csv after it.
using Iris = LabelledRows;
Iris iris();

/// The same as AIMA's `DataSet.examples` after `classes_to_numbers`: f32 [150, 5], the class behind the measures. What
/// AIMA's autoencoder learns.
Tensor iris_examples();

/// The nine flowers, three of each class, that AIMA grades a learner by (`grade_learner`): x [9, 4], y [9]. None of
/// them is one of the 150.
LabelledRows iris_tests();

}  // namespace reel
