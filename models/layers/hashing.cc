#include "reel/models/layers/hashing.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"
#include "reel/models/layers/arguments.h"
#include "reel/models/layers/categories.h"
#include "reel/models/layers/token_table.h"

namespace reel {
namespace {

using MaskValue = decltype(HashingOptions::mask_value);

/// null, a text or a whole number.
struct MaskField final : Field {
  explicit MaskField(MaskValue& to) : mask(to) {}
  Config get() const override {
    if (const auto* text = std::get_if<std::string>(&mask)) return config_of(*text);
    if (const auto* number = std::get_if<int64_t>(&mask)) return config_of(*number);
    return {};
  }
  void set(const Config& value) override {
    const Json& json = json_of(value);
    if (json.is_null())
      mask = std::monostate();
    else if (json.is_string())
      mask = json.get<std::string>();
    else if (json.is_number_integer())
      mask = json.get<int64_t>();
    else
      throw ValueError(fmt::format("expected null, a text or a whole number, got {}", excerpt_of(json)));
  }
  MaskValue& mask;
};

CategoryCode code_of(int64_t bins, const std::string& mode) {
  return {.layer = "Hashing", .mode = mode, .depth = bins};
}

}  // namespace

Hashing::Hashing(int64_t num_bins, HashingOptions options) : num_bins_(num_bins), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

/// As Keras has it, an "int" layer is of int64.
void Hashing::all_fields(Fields& f) {
  name_field(f);
  trainable_fields(f, options_.output_mode == "int" ? "int64" : "float32");
  f.required("num_bins", num_bins_);
  f.as("salt", SaltField(options_.salt));
  f.as("mask_value", MaskField(options_.mask_value));
  f("output_mode", options_.output_mode, {"int", "one_hot", "multi_hot", "count"});
  f.only("sparse", "false");
}

void Hashing::check() const {
  check_positive("Hashing", "num_bins", num_bins_);
  if (options_.output_mode == "tf_idf") {
    throw ValueError("Hashing: output_mode must be int, one_hot, multi_hot or count, got \"tf_idf\"");
  }
  check_output_mode("Hashing", options_.output_mode);
}

SymbolicType Hashing::type_of(const SymbolicType& input) const {
  return encoded_type(input, code_of(num_bins_, options_.output_mode));
}

/// With a mask, the other bins are those behind that of the mask.
int64_t Hashing::bin_of(const std::string& text, bool is_masked) const {
  const bool has_mask = options_.mask_value.index() > 0 && num_bins_ > 1;
  if (!has_mask) return hash_bin(text, num_bins_, options_.salt);
  return is_masked ? 0 : 1 + hash_bin(text, num_bins_ - 1, options_.salt);
}

HostValue Hashing::run(const HostValue& rows_of) const {
  std::vector<int64_t> bins;
  if (rows_of.is_text()) {
    const auto* mask = std::get_if<std::string>(&options_.mask_value);
    for (const std::string& text : rows_of.texts().texts()) {
      bins.push_back(bin_of(text, mask != nullptr && text == *mask));
    }
  } else {
    const Tensor& numbers = rows_of.numbers();
    const auto* mask = std::get_if<int64_t>(&options_.mask_value);
    for (int64_t i = 0; i < numbers.size(); ++i) {
      if (!(std::abs(numbers.at(i)) <= 0x1p53)) {
        throw ValueError(fmt::format("Hashing: expected texts or whole numbers, got {}", numbers.at(i)));
      }
      const auto number = static_cast<int64_t>(numbers.at(i));
      bins.push_back(bin_of(std::to_string(number), mask != nullptr && number == *mask));
    }
  }
  return encoded_indices(bins, rows_of.shape(), code_of(num_bins_, options_.output_mode));
}

}  // namespace reel
