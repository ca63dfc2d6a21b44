// ModelData: what a model is given for its inputs, or for its outputs.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "reel/models/training/samples.h"

namespace reel {

/// Rows for one input, for several in their order, or by their names:
///
///   model.fit(x, y);
///   model.fit({{"left", l}, {"right", r}}, y);
///
/// All have as many rows.
class ModelData {
 public:
  /// None.
  ModelData() = default;
  template <class T>
  requires std::convertible_to<const T&, Samples> ModelData(const T& samples) : parts_{{"", Samples(samples)}} {
    if (!parts_[0].second) parts_.clear();
  }
  ModelData(const std::vector<Samples>& all) {
    for (const Samples& samples : all) parts_.emplace_back("", samples);
  }
  ModelData(const std::vector<Tensor>& all) {
    for (const Tensor& samples : all) parts_.emplace_back("", samples);
  }
  ModelData(std::initializer_list<Samples> all) : ModelData(std::vector<Samples>(all)) {}
  ModelData(std::initializer_list<std::pair<std::string, Samples>> by_name) : parts_(by_name) {}
  ModelData(std::vector<std::pair<std::string, Samples>> by_name) : parts_(std::move(by_name)) {}

  explicit operator bool() const { return !parts_.empty(); }
  bool is_in_memory() const;
  /// In the order of `names`, those of a model's inputs or outputs. Throws ShapeError, which begins with `what`, for
  /// another number of them, and ValueError for a name that is not there or comes twice.
  std::vector<Samples> in_order(const std::vector<std::string>& names, const std::string& what) const;
  /// The same where not all names need have some; what has no name, and is one, is for all.
  std::vector<Samples> of_some(const std::vector<std::string>& names, const std::string& what) const;

 private:
  /// Each in its place among the names; those that are not named stay empty.
  std::vector<Samples> placed(const std::vector<std::string>& names, const std::string& what) const;

  std::vector<std::pair<std::string, Samples>> parts_;
};

}  // namespace reel
