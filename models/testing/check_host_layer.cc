#include "reel/models/testing/check_host_layer.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/models/testing/check_config.h"
#include "reel/models/testing/same_bits.h"

namespace reel {
namespace {

SymbolicType type_of(const HostValue& value) {
  const auto dims = value.shape().dims();
  SymbolicType type{.dtype = value.is_text() ? DType::f32 : value.numbers().dtype(),
                    .shape = {dims.begin(), dims.end()},
                    .is_text = value.is_text()};
  type.shape[0] = unknown;
  return type;
}

HostValue row_of(const HostValue& value, int64_t row) {
  if (value.is_text()) return value.texts().slice_rows(row, row + 1);
  return value.numbers().slice_rows(row, row + 1);
}

bool same(const HostValue& a, const HostValue& b) {
  if (a.is_text() != b.is_text() || !(a.shape() == b.shape())) return false;
  if (!a.is_text()) return a.numbers().dtype() == b.numbers().dtype() && same_bits(a.numbers(), b.numbers());
  return std::ranges::equal(a.texts().texts(), b.texts().texts());
}

class HostCheck {
 public:
  HostCheck(const LayerPtr& layer, const HostValue& value)
      : layer_(layer), value_(value), who_("layer \"" + layer->class_name() + "\"") {}

  void run() const {
    const HostValue made = result_of(layer_);
    check_type(made);
    const LayerPtr again = check_config(who_, layer_), clone = layer_.clone();
    if (!same(made, result_of(again))) fail("gives something else made of its config");
    if (!(clone.config() == layer_.config())) fail("a clone has another config");
    if (!same(made, result_of(clone))) fail("a clone gives something else");
    check_rows(made);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw CheckError(who_, what); }

  HostValue result_of(const LayerPtr& layer) const {
    const HostLayer* host = host_layer(layer);
    if (host == nullptr) fail("runs in programs, and not on the host");
    return host->run(value_);
  }

  SymbolicType said() const { return host_layer(layer_)->type_of(type_of(value_)); }

  void check_type(const HostValue& made) const {
    const SymbolicType type = said(), given = type_of(made);
    bool fits = type.is_text == given.is_text && type.shape.size() == given.shape.size() &&
                (type.is_text || type.dtype == given.dtype) && made.shape()[0] == value_.shape()[0];
    for (size_t i = 1; fits && i < given.shape.size(); ++i) {
      fits = type.shape[i] == unknown || type.shape[i] == given.shape[i];
    }
    if (!fits) fail(fmt::format("says that it gives {}, gave {}", type.str(), given.str()));
  }

  void check_rows(const HostValue& made) const {
    if (said().has_unknown()) return;
    for (int64_t row = 0; row < value_.shape()[0]; ++row) {
      if (same(host_layer(layer_)->run(row_of(value_, row)), row_of(made, row))) continue;
      fail(fmt::format("gives something else for row {} alone", row));
    }
  }

  const LayerPtr& layer_;
  const HostValue& value_;
  std::string who_;
};

}  // namespace

void check_host_layer(const LayerPtr& layer, const HostValue& rows_of) { HostCheck(layer, rows_of).run(); }

}  // namespace reel
