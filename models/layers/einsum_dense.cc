#include "reel/models/layers/einsum_dense.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"
#include "reel/models/layers/arguments.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// An equation's letters. What "..." stands for comes before, or behind, those of x and of the result.
struct Letters {
  std::string x, kernel, result;
  bool elided_first = false, elided_last = false;
};

Letters letters_of(const std::string& equation) {
  static const std::regex form(R"((\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?)");
  std::smatch part;
  const bool has_form = std::regex_match(equation, part, form) && part[1].matched == part[5].matched &&
                        part[3].matched == part[7].matched && !(part[1].matched && part[3].matched);
  if (!has_form) {
    throw ValueError(fmt::format(
        "EinsumDense: equation must be as \"ab,bc->ac\", \"...a,ab->...b\" or \"ab...,bc->ac...\", got \"{}\"",
        equation));
  }
  return {part[2], part[4], part[6], part[1].matched, part[3].matched};
}

/// Extents of letters, found from x and from what is known of the result.
class EinsumShapes {
 public:
  EinsumShapes(const std::string& equation, const Extents& output_shape, const Type& x)
      : equation_(equation), letters_(letters_of(equation)), x_(x) {
    const int rank = x.shape.rank(), named = static_cast<int>(letters_.x.size());
    elided_ = rank - named;
    const bool fits = letters_.elided_first || letters_.elided_last ? elided_ >= 0 : elided_ == 0;
    if (!fits || rank < 2) fail(fmt::format("got {}", x.str()));
    take_result(output_shape.extents());
    // The rows are the first axis, of which there is a letter unless "..." comes first and stands for some.
    if (elided_before() == 0) rows_letter_ = letters_.x[0];
    if (elided_before() == 0 && letters_.result[0] != rows_letter_)
      fail("the first axis, of the rows, is that of the result");
    for (const char letter : letters_.result) {
      if (has(letters_.x, letter)) {
        if (letter != rows_letter_) extent(letter);  // is what output_shape says
      } else if (!has(letters_.kernel, letter)) {
        fail(fmt::format("'{}' comes from nowhere", letter));
      }
    }
  }

  Shape kernel() const {
    std::vector<int64_t> extents;
    for (const char letter : letters_.kernel) extents.push_back(extent(letter));
    return Shape(std::span<const int64_t>(extents));
  }

  Shape bias(const std::string& axes) const {
    size_t first = std::string::npos;
    for (const char axis : axes) {
      const size_t place = letters_.result.find(axis);
      if (place == std::string::npos) fail(fmt::format("bias axis '{}' is none of the result", axis));
      first = std::min(first, place);
    }
    if (axes.empty()) fail("bias_axes is empty, no bias is none");
    std::vector<int64_t> extents;
    for (const char letter : letters_.result.substr(first)) extents.push_back(has(axes, letter) ? extent(letter) : 1);
    if (letters_.elided_last) extents.insert(extents.end(), static_cast<size_t>(elided_), 1);
    return Shape(std::span<const int64_t>(extents));
  }

  /// Axes of the kernel that are summed over, or are not.
  std::vector<int64_t> kernel_axes(bool in_result) const {
    std::vector<int64_t> axes;
    for (size_t i = 0; i < letters_.kernel.size(); ++i) {
      if (has(letters_.result, letters_.kernel[i]) == in_result) axes.push_back(static_cast<int64_t>(i));
    }
    return axes;
  }

 private:
  static bool has(const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; }
  int elided_before() const { return letters_.elided_first ? elided_ : 0; }

  [[noreturn]] void fail(const std::string& what) const {
    throw ShapeError(fmt::format("EinsumDense: equation \"{}\": {}", equation_, what));
  }

  /// The result's extents by its letters; the rows' axis is not among `of_row`, and what "..." stands for neither.
  void take_result(const std::vector<int64_t>& of_row) {
    const size_t rows_axis = elided_before() == 0 ? 1 : 0;
    if (of_row.size() + rows_axis != letters_.result.size()) {
      fail(fmt::format("output_shape needs an extent for each of \"{}\"{}, got {}", letters_.result,
                       rows_axis == 1 ? " but the first, of the rows" : "", of_row.size()));
    }
    result_.assign(rows_axis, -1);
    result_.insert(result_.end(), of_row.begin(), of_row.end());
  }

  int64_t extent(char letter) const {
    if (letter == rows_letter_) fail(fmt::format("'{}' is the rows, which no weight goes along", letter));
    const size_t in_x = letters_.x.find(letter), in_result = letters_.result.find(letter);
    const int64_t told = in_result == std::string::npos ? -1 : result_[in_result];
    if (in_x == std::string::npos) {
      if (told < 0) fail(fmt::format("output_shape leaves open the extent of '{}', which x does not tell", letter));
      return told;
    }
    const int64_t own = x_.shape[static_cast<int>(in_x) + elided_before()];
    if (told >= 0 && told != own) {
      fail(fmt::format("'{}' is {} in output_shape, and {} in {}", letter, told, own, x_.str()));
    }
    return own;
  }

  const std::string& equation_;
  Letters letters_;
  const Type& x_;
  int elided_ = 0;
  char rows_letter_ = '\0';
  std::vector<int64_t> result_;
};

/// The initializer with fans by these axes of the kernel, where its class goes by fans and was given none.
Initializer with_fans(const Initializer& initializer, const EinsumShapes& shapes) {
  if (initializer.described().class_name().empty()) return initializer;
  Json json = json_of(initializer.config());
  Json& config = json["config"];
  if (!config.contains("input_axes") || !config["input_axes"].is_null()) return initializer;
  config["input_axes"] = shapes.kernel_axes(false);
  config["output_axes"] = shapes.kernel_axes(true);
  return Initializer::from_config(config_of(std::move(json)));
}

}  // namespace

EinsumDense::EinsumDense(std::string equation, Extents output_shape, EinsumDenseOptions options)
    : equation_(std::move(equation)),
      output_shape_(std::move(output_shape)),
      options_(std::move(options)),
      lora_{.rank = options_.lora_rank, .alpha = options_.lora_alpha} {
  set_default_name(options_.name);
  set_activity_regularizer(options_.activity_regularizer);
  check();
}

void EinsumDense::fields(Fields& f) {
  f.required("output_shape", output_shape_);
  f.required("equation", equation_);
  f("activation", options_.activation);
  f("bias_axes", options_.bias_axes);
  f("kernel_initializer", options_.kernel_initializer);
  f("bias_initializer", options_.bias_initializer);
  f("kernel_regularizer", options_.kernel_regularizer);
  f("bias_regularizer", options_.bias_regularizer);
  activity_regularizer_field(f);
  f("kernel_constraint", options_.kernel_constraint);
  f("bias_constraint", options_.bias_constraint);
  f.only("quantization_config", "null");
  lora_.fields(f);
}

void EinsumDense::check() const {
  letters_of(equation_);
  lora_.check("EinsumDense", options_.kernel_constraint);
}

void EinsumDense::build(const Type& input) {
  const EinsumShapes shapes(equation_, output_shape_, input);
  kernel_ = add_weight(
      "kernel", shapes.kernel(), with_fans(options_.kernel_initializer, shapes),
      {.trainable = !lora_, .regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
  if (options_.bias_axes) {
    bias_ = add_weight("bias", shapes.bias(*options_.bias_axes), options_.bias_initializer,
                       {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
  }
  if (!lora_) return;
  const VariableOptions thin{.regularizer = options_.kernel_regularizer};
  lora_.a = add_weight("lora_kernel_a", lora_.shape_of_a(kernel_.shape()), "he_uniform", thin);
  lora_.b = add_weight("lora_kernel_b", lora_.shape_of_b(kernel_.shape()), "zeros", thin);
}

Var EinsumDense::call(Call& call, Var x) const {
  const Var kernel = lora_.added_to(call[kernel_], call);
  const Var y = einsum(equation_, cast(x, kernel.dtype()), kernel);
  return options_.activation(bias_ ? y + call[bias_] : y);
}

}  // namespace reel
