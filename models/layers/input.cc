#include "reel/models/layers/input.h"

#include <fmt/format.h>

#include <utility>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/json.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

/// Extents with null for those that are not known. A batch may have any number of rows, whatever is said.
struct Extents final : Field {
  Extents(std::vector<int64_t>& to, int64_t& said_rows) : shape(to), rows_said(said_rows) {}
  Config get() const override {
    Json list = Json::array();
    for (const int64_t extent : shape) list.push_back(extent == unknown ? Json() : Json(extent));
    if (rows_said != unknown) list[0] = rows_said;
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
    rows_said = std::exchange(shape[0], unknown);
  }
  std::vector<int64_t>& shape;
  int64_t& rows_said;
};

struct DTypeName final : Field {
  explicit DTypeName(SymbolicType& to) : type(to) {}
  Config get() const override { return config_of(dtype_name(type)); }
  void set(const Config& value) override {
    std::string name;
    if (!is_text(value, name)) throw ValueError(fmt::format("expected text, got {}", excerpt_of(json_of(value))));
    const InputDType given{std::string_view(name)};
    type.dtype = given.dtype;
    type.is_text = given.is_text;
  }
  SymbolicType& type;
};

}  // namespace

InputDType::InputDType(std::string_view name) : dtype(DType::f32), is_text(name == "string") {
  if (name == "float64")
    dtype = DType::f64;
  else if (name == "int32" || name == "int64" || name == "uint8")
    dtype = DType::i32;
  else if (name != "float32" && !is_text)
    throw ValueError(
        fmt::format("expected \"float32\", \"float64\", \"int32\" or \"string\" as dtype, got \"{}\"", excerpt(name)));
}

Input::Input(std::vector<int64_t> of_row, InputOptions options) {
  of_row.insert(of_row.begin(), unknown);
  type_ = {options.dtype.dtype, std::move(of_row)};
  type_.is_text = options.dtype.is_text;
  set_default_name(options.name);
  check();
}

void Input::all_fields(Fields& f) {
  f.as("batch_shape", Extents(type_.shape, rows_said_));
  f.as("dtype", DTypeName(type_));
  f.only("sparse", "false");
  f.only("ragged", "false");
  const std::string before = name_or_class(*this);
  std::string own_name = before;
  f("name", own_name);
  if (own_name != before) set_default_name(own_name);
  f.only("optional", "false");
}

void Input::check() const { type_.at(1); }

Type Input::input_type() const { return type_.has_unknown() || type_.is_text ? Type{} : type_.at(1); }

Input::operator SymbolicTensor() const {
  const LayerPtr self(*this);
  for (const auto& call : self->symbolic_calls()) return {call, 0};
  const auto call = std::make_shared<LayerCall>(LayerCall{self, {}, {}, {type_}});
  self->note_call(call);
  return {call, 0};
}

}  // namespace reel
