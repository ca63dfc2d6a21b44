#include "reel/models/model/host_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/layer/host_layer.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

/// Texts as the input has them: [n] and [n, 1] are the same to it.
Samples shaped(const Samples& given, const SymbolicType& input) {
  if (!given.is_text() || given.shape().rank() == static_cast<int>(input.shape.size())) return given;
  const int64_t count = given.shape()[0];
  return given.texts().reshaped(input.shape.size() == 2 ? Shape{count, 1} : Shape{count});
}

HostValue value_of(const Samples& rows_of) {
  if (rows_of.is_text()) return rows_of.texts();
  return rows_of.read(0, rows_of.shape()[0]);
}

HostValue run(const LayerPtr& layer, const HostValue& rows_of) {
  return located(fmt::format(", in layer \"{}\"", excerpt(name_or_class(*layer))),
                 [&] { return host_layer(layer)->run(rows_of); });
}

/// Rows that a layer makes when they are read.
class HostRows final : public SampleSource {
 public:
  HostRows(LayerPtr layer, Samples of, const SymbolicType& type) : layer_(std::move(layer)), of_(std::move(of)) {
    type_ = type.at(1);
    type_.shape = type_.shape.with_lead(of_.shape()[0]);
  }
  Type type() const override { return type_; }
  void read(std::span<const int64_t> numbers, Tensor& to) const override {
    check_read(type_, numbers, to);
    const Tensor made = run(layer_, picked(numbers)).numbers();
    std::memcpy(to.raw(), made.raw(), static_cast<size_t>(made.size()) * sizeof(float));
  }

  bool reads_ahead() const override { return of_.reads_ahead(); }

 private:
  HostValue picked(std::span<const int64_t> numbers) const {
    if (!of_.is_text()) return of_.read(numbers);
    std::vector<std::string> texts;
    const int64_t width = of_.shape().row_size();
    for (const int64_t row : numbers) {
      for (int64_t i = 0; i < width; ++i) texts.push_back(of_.texts()[row * width + i]);
    }
    return Strings(of_.shape().with_lead(static_cast<int64_t>(numbers.size())), std::move(texts));
  }

  LayerPtr layer_;
  Samples of_;
  Type type_;
};

Samples made_of(const LayerCall& call, const Samples& rows_of) {
  const SymbolicType type = host_layer(call.layer)->type_of(call.inputs[0].type());
  if (type.shape != call.outputs[0].shape) {
    throw ShapeError(
        fmt::format("layer \"{}\": gives {} since it was called in the model, where it gave {}; adapt it "
                    "before",
                    name_or_class(*call.layer), type.str(), call.outputs[0].str()));
  }
  if (host_layer(call.layer)->is_wide()) return HostRows(call.layer, rows_of, type);
  const HostValue made = run(call.layer, value_of(rows_of));
  return made.is_text() ? Samples(made.texts()) : Samples(made.numbers());
}

}  // namespace

std::vector<Samples> run_host_calls(const Wiring& wiring, std::vector<Samples> inputs) {
  std::map<const LayerCall*, Samples> made;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const SymbolicTensor& input = wiring.inputs()[i];
    made[&input.call()] = shaped(inputs[i], input.type());
  }
  for (const LayerCall* call : wiring.calls()) {
    if (host_layer(call->layer) == nullptr) continue;
    made[call] = made_of(*call, made.at(&call->inputs[0].call()));
  }
  std::vector<Samples> fed;
  for (const SymbolicTensor& tensor : wiring.fed()) fed.push_back(made.at(&tensor.call()));
  return fed;
}

}  // namespace reel
