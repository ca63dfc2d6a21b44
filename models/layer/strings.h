// Strings: texts as a tensor has numbers, for layers that read them.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel {

/// Texts [n, ...], UTF-8. A handle: copies share the texts, which do not change. keras: a tensor of tf.string.
class Strings {
 public:
  /// None.
  Strings() = default;
  Strings(std::vector<std::string> texts);
  Strings(std::initializer_list<const char*> texts) : Strings(std::vector<std::string>(texts.begin(), texts.end())) {}
  /// [n, k]. Throws ShapeError for rows of unequal lengths.
  Strings(const std::vector<std::vector<std::string>>& rows_of);
  Strings(std::initializer_list<std::vector<std::string>> rows_of)
      : Strings(std::vector<std::vector<std::string>>(rows_of)) {}
  /// In row-major order. Throws ShapeError where their number is not the shape's size.
  Strings(const Shape& shape, std::vector<std::string> texts);

  explicit operator bool() const { return texts_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t size() const { return texts_ ? shape_.size() : 0; }
  std::span<const std::string> texts() const;
  const std::string& operator[](int64_t i) const { return texts()[static_cast<size_t>(i)]; }
  /// Rows [begin, end), which share the texts. Throws ValueError where they are not there.
  Strings slice_rows(int64_t begin, int64_t end) const;
  /// The same texts under another shape of as many.
  Strings reshaped(const Shape& shape) const;

 private:
  Shape shape_;
  std::shared_ptr<const std::vector<std::string>> texts_;
  size_t first_ = 0;
};

/// What a layer that runs on the host reads and gives: numbers or texts.
class HostValue {
 public:
  HostValue(Tensor numbers) : value_(std::move(numbers)) {}
  HostValue(Strings texts) : value_(std::move(texts)) {}

  bool is_text() const { return std::holds_alternative<Strings>(value_); }
  const Shape& shape() const { return is_text() ? texts().shape() : numbers().shape(); }
  /// Throws ValueError for texts, and the reverse; `what` names who asks.
  const Tensor& numbers(std::string_view what = "host value") const;
  const Strings& texts(std::string_view what = "host value") const;

 private:
  std::variant<Tensor, Strings> value_;
};

}  // namespace reel
