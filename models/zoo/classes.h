// Rows of numbers with a class each: irises, the pictures of Fashion-MNIST, or a table of the user's.
#pragma once

#include <string>

#include "reel/models/zoo/zoo.h"

namespace reel {

/// Rows f32 [n, features] and their classes i32 [n], from:
///
/// - a .csv or .tsv at `options.path`, of numbers and a class, number or name, in the column named class, label, target
///   or species, or else the last: in an order that their number decides ten are held out and a tenth is for
///   validation; of fewer than forty, all serve every purpose;
/// - otherwise the irises: 120 to train on, 30 for validation, and AIMA's nine flowers held out.
///
/// Throws DataError for what is not that.
ZooData load_iris_classes(const ZooDataOptions& options);

/// The same from such a table, or else from Fashion-MNIST, in the folder `options.path` or wherever it is found: 60,000
/// training pictures, ten test pictures held out, the other test pictures for validation. Numbers from 0 to 1.
ZooData load_picture_classes(const ZooDataOptions& options);

/// The zoo's entry for a model that `build` makes to tell classes apart. The data tell its options "features" and
/// "classes", which are `features` and `classes` unless the user brings others.
ZooModel classifier(std::string_view name, std::string_view description, Model (*build)(const ZooConfig&),
                    ZooData (*load)(const ZooDataOptions&), std::vector<ZooOption> options, int64_t features,
                    int64_t classes);
/// Compiles it with crossentropy and accuracy.
void compile_classifier(Model& model, const Optimizer& optimizer);

}  // namespace reel
