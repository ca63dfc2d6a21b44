// Numbers: an argument of Keras's that is null, a number or a list of them: thresholds, axes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "reel/models/describe/config.h"

namespace reel {

/// `T` is double or int64_t. One number and a list of one are told apart in configs alone.
template <class T>
class Numbers {
 public:
  /// null.
  Numbers() = default;
  Numbers(T number) : values_{number} {}
  Numbers(std::initializer_list<T> numbers) : values_(numbers), is_list_(true) {}
  Numbers(std::vector<T> numbers) : values_(std::move(numbers)), is_list_(true) {}

  bool is_list() const { return is_list_; }
  bool is_null() const { return values_.empty() && !is_list_; }
  const std::vector<T>& values() const { return values_; }

  Config config() const;
  /// Throws ValueError for what is neither.
  static Numbers from_config(const Config& config);
  bool operator==(const Numbers&) const = default;

 private:
  std::vector<T> values_;
  bool is_list_ = false;
};

extern template class Numbers<double>;
extern template class Numbers<int64_t>;

}  // namespace reel
