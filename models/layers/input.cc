#include "reel/models/layers/input.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/json.h"

namespace reel {
namespace {

/// Extents with null for those that are not known.
struct Extents final : Field {
  explicit Extents(std::vector<int64_t>& to) : shape(to) {}
  Config get() const override {
    Json list = Json::array();
    for (const int64_t extent : shape) list.push_back(extent == unknown ? Json() : Json(extent));
    return config_of(std::move(list));
  }
  void set(const Config& value) override {
    const Json& list = json_of(value);
    if (!list.is_array() || list.empty()) {
      throw ValueError(fmt::format("expected a list of extents, the first of the rows, got {}", excerpt_of(list)));
    }
    shape.clear();
    for (const Json& extent : list) {
      if (!extent.is_null() && !extent.is_number_integer()) {
        throw ValueError(fmt::format("expected whole numbers and null, got {}", excerpt_of(list)));
      }
      shape.push_back(extent.is_null() ? unknown : extent.get<int64_t>());
    }
    shape[0] = unknown;  // a batch may have any number of rows
  }
  std::vector<int64_t>& shape;
};

struct DTypeName final : Field {
  explicit DTypeName(DType& to) : dtype(to) {}
  Config get() const override {
    return config_of(dtype == DType::i32 ? "int32" : dtype == DType::f64 ? "float64" : "float32");
  }
  void set(const Config& value) override {
    std::string name;
    const bool is_name = is_text(value, name);
    if (is_name && name == "float32")
      dtype = DType::f32;
    else if (is_name && name == "float64")
      dtype = DType::f64;
    else if (is_name && (name == "int32" || name == "int64" || name == "uint8"))
      dtype = DType::i32;
    else
      throw ValueError(
          fmt::format("expected \"float32\", \"float64\" or \"int32\", got {}", excerpt_of(json_of(value))));
  }
  DType& dtype;
};

}  // namespace

Input::Input(std::vector<int64_t> of_row, InputOptions options) {
  of_row.insert(of_row.begin(), unknown);
  type_ = {options.dtype, std::move(of_row)};
  set_default_name(options.name);
  check();
}

void Input::all_fields(Fields& f) {
  f.as("batch_shape", Extents(type_.shape));
  f.as("dtype", DTypeName(type_.dtype));
  f.only("sparse", "false");
  f.only("ragged", "false");
  std::string own_name = name();
  f("name", own_name);
  if (own_name != name()) set_default_name(own_name);
  f.only("optional", "false");
}

void Input::check() const { type_.at(1); }

Type Input::input_type() const { return type_.has_unknown() ? Type{} : type_.at(1); }

Input::operator SymbolicTensor() const {
  const LayerPtr self(*this);
  for (const auto& call : self->symbolic_calls()) return {call, 0};
  const auto call = std::make_shared<LayerCall>(LayerCall{self, {}, {}, {type_}});
  self->note_call(call);
  return {call, 0};
}

}  // namespace reel
