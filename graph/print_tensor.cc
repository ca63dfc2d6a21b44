// Tensors as NumPy prints arrays: numpy.array2string, with its defaults.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <ostream>
#include <string>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel {
namespace {

constexpr int64_t kMostElements = 1000, kEdge = 3;
constexpr int kPrecision = 8;
constexpr size_t kLineWidth = 75;

/// Indices that are shown along an axis, -1 in the place of those that are left out.
std::vector<int64_t> shown(int64_t extent, bool is_shortened) {
  const bool is_cut = is_shortened && extent > 2 * kEdge;
  std::vector<int64_t> all(static_cast<size_t>(is_cut ? kEdge : extent));
  std::iota(all.begin(), all.end(), 0);
  if (is_cut) {
    all.push_back(-1);
    for (int64_t i = extent - kEdge; i < extent; ++i) all.push_back(i);
  }
  return all;
}

/// The shortest digits that are the number, or kPrecision digits after the point where those are fewer.
std::string digits(double value, DType dtype, std::chars_format format) {
  const auto written = [&](auto number, auto... precision) {
    char text[512];
    const auto end = std::to_chars(text, text + sizeof(text), number, format, precision...).ptr;
    return std::string(text, end);
  };
  const auto shortest = [&] { return dtype == DType::f32 ? written(static_cast<float>(value)) : written(value); };
  std::string text = shortest();
  const auto fraction = [&] {
    const size_t point = text.find('.');
    return point == text.npos ? 0 : std::min(text.find('e'), text.size()) - point - 1;
  };
  if (fraction() > kPrecision) {
    text = written(value, kPrecision);
    const size_t exponent = std::min(text.find('e'), text.size());
    const size_t last = text.find_last_not_of('0', exponent - 1);
    text.erase(last + 1, exponent - last - 1);
  }
  if (text.find('.') == text.npos) text.insert(std::min(text.find('e'), text.size()), ".");
  return text;
}

/// How all elements are written, so that points and ends stand one below the other.
class ElementFormat {
 public:
  ElementFormat(const std::vector<double>& values, DType dtype) : dtype_(dtype) {
    double largest = 0, smallest = INFINITY;
    for (const double value : values) {
      if (!std::isfinite(value) || value == 0) continue;
      largest = std::max(largest, std::abs(value));
      smallest = std::min(smallest, std::abs(value));
    }
    if (largest > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000)) {
      format_ = std::chars_format::scientific;
    }
    for (const double value : values) {
      if (!std::isfinite(value)) continue;
      const auto [before, after] = parts(value);
      before_ = std::max(before_, before.size());
      after_ = std::max(after_, after.size());
    }
    for (const double value : values) {  // "nan" ends where fractions end
      if (std::isfinite(value)) continue;
      const size_t width = parts(value).first.size();
      before_ = std::max(before_, width - std::min(after_, width));
    }
  }

  std::string operator()(double value) const {
    const auto [before, after] = parts(value);
    if (!std::isfinite(value)) return fmt::format("{:>{}}", before, before_ + after_);
    if (format_ == std::chars_format::fixed) return fmt::format("{:>{}}{:<{}}", before, before_, after, after_);
    std::string padded = after;  // zeros stand before the exponent
    padded.insert(std::min(after.find('e'), after.size()), after_ - after.size(), '0');
    return fmt::format("{:>{}}{}", before, before_, padded);
  }

 private:
  /// What stands before the point, and the rest.
  std::pair<std::string, std::string> parts(double value) const {
    if (std::isnan(value)) return {"nan", ""};
    if (std::isinf(value)) return {value > 0 ? "inf" : "-inf", ""};
    if (dtype_ == DType::i32) return {fmt::format("{}", static_cast<int64_t>(value)), ""};
    const std::string text = digits(value, dtype_, format_);
    const size_t point = text.find('.');
    return {text.substr(0, point), text.substr(point)};
  }

  DType dtype_;
  std::chars_format format_ = std::chars_format::fixed;
  size_t before_ = 0, after_ = 0;
};

class Printer {
 public:
  explicit Printer(const Tensor& tensor) : tensor_(tensor), is_shortened_(tensor.size() > kMostElements) {}

  std::string print() {
    std::vector<double> values;
    visit(0, 0, [&](int64_t i) { values.push_back(tensor_.at(i)); });
    const ElementFormat format(values, tensor_.dtype());
    format_ = &format;
    if (tensor_.ndim() == 0) return scalar(format(tensor_.item()));
    block(0, 0);
    return text_;
  }

 private:
  static std::string scalar(std::string text) { return text.ends_with('.') ? text + "0" : text; }

  template <class F>
  void visit(int axis, int64_t first, const F& f) const {
    if (axis == tensor_.ndim()) return f(first);
    for (const int64_t i : shown(tensor_.shape()[axis], is_shortened_)) {
      if (i >= 0) visit(axis + 1, first * tensor_.shape()[axis] + i, f);
    }
  }

  /// The part of the tensor from an axis on, whose elements begin at `first` in units of the part.
  void block(int axis, int64_t first) {
    text_ += "[";
    const std::vector<int64_t> indices = shown(tensor_.shape()[axis], is_shortened_);
    if (axis + 1 == tensor_.ndim())
      line(indices, axis, first);
    else
      blocks(indices, axis, first);
    text_ += "]";
  }

  void blocks(const std::vector<int64_t>& indices, int axis, int64_t first) {
    const std::string indent(static_cast<size_t>(axis) + 1, ' ');
    const std::string gap(static_cast<size_t>(tensor_.ndim() - axis - 1), '\n');
    for (size_t k = 0; k < indices.size(); ++k) {
      if (k > 0) text_ += gap + indent;
      if (indices[k] < 0)
        text_ += "...";
      else
        block(axis + 1, first * tensor_.shape()[axis] + indices[k]);
    }
  }

  void line(const std::vector<int64_t>& indices, int axis, int64_t first) {
    const size_t indent = static_cast<size_t>(axis) + 1;
    size_t column = indent;
    for (size_t k = 0; k < indices.size(); ++k) {
      const int64_t i = indices[k];
      const std::string word = i < 0 ? "..." : (*format_)(tensor_.at(first * tensor_.shape()[axis] + i));
      if (k > 0 && column + 1 + word.size() > kLineWidth - 1) {
        while (text_.ends_with(' ')) text_.pop_back();
        text_ += "\n" + std::string(indent, ' ');
        column = indent;
      } else if (k > 0) {
        text_ += " ";
        ++column;
      }
      text_ += word;
      column += word.size();
    }
  }

  const Tensor& tensor_;
  bool is_shortened_;
  const ElementFormat* format_ = nullptr;
  std::string text_;
};

}  // namespace

std::string Tensor::str() const { return buffer_ ? Printer(*this).print() : "none"; }

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << tensor.str(); }

}  // namespace reel
