#include "reel/models/layer/strings.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {
namespace {

std::vector<std::string> flat(const std::vector<std::vector<std::string>>& rows_of) {
  std::vector<std::string> texts;
  for (const std::vector<std::string>& row : rows_of) {
    if (row.size() != rows_of[0].size()) {
      throw ShapeError(
          fmt::format("strings: rows of equal length are needed, got {} and {} texts", rows_of[0].size(), row.size()));
    }
    texts.insert(texts.end(), row.begin(), row.end());
  }
  return texts;
}

int64_t extent(size_t count) { return static_cast<int64_t>(count); }

}  // namespace

Strings::Strings(std::vector<std::string> texts) : Strings(Shape{extent(texts.size())}, texts) {}

Strings::Strings(const std::vector<std::vector<std::string>>& rows_of)
    : Strings(Shape{extent(rows_of.size()), rows_of.empty() ? 0 : extent(rows_of[0].size())}, flat(rows_of)) {}

Strings::Strings(const Shape& shape, std::vector<std::string> texts)
    : shape_(shape), texts_(std::make_shared<const std::vector<std::string>>(std::move(texts))) {
  if (shape_.has_rows() || shape_.size() != extent(texts_->size())) {
    throw ShapeError(fmt::format("strings: {} texts do not make {}", texts_->size(), shape_.str()));
  }
}

std::span<const std::string> Strings::texts() const {
  if (!texts_) return {};
  return std::span(*texts_).subspan(first_, static_cast<size_t>(shape_.size()));
}

Strings Strings::slice_rows(int64_t begin, int64_t end) const {
  if (!texts_ || shape_.rank() == 0 || begin < 0 || begin > end || end > shape_[0]) {
    throw ValueError(fmt::format("slice_rows: strings {} have no rows [{}, {})", shape_.str(), begin, end));
  }
  Strings slice(*this);
  slice.shape_ = shape_.with_lead(end - begin);
  slice.first_ += static_cast<size_t>(begin * shape_.row_size());
  return slice;
}

Strings Strings::reshaped(const Shape& shape) const {
  if (shape.has_rows() || shape.size() != size()) {
    throw ShapeError(fmt::format("strings: {} cannot be {}", shape_.str(), shape.str()));
  }
  Strings made(*this);
  made.shape_ = shape;
  return made;
}

const Tensor& HostValue::numbers(std::string_view what) const {
  if (const auto* numbers = std::get_if<Tensor>(&value_)) return *numbers;
  throw ValueError(fmt::format("{}: expected numbers, got texts {}", what, std::get<Strings>(value_).shape().str()));
}

const Strings& HostValue::texts(std::string_view what) const {
  if (const auto* texts = std::get_if<Strings>(&value_)) return *texts;
  throw ValueError(fmt::format("{}: expected texts, got {}", what, std::get<Tensor>(value_).type().str()));
}

}  // namespace reel
