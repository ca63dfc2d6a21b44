#include "reel/models/model/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "reel/graph/printable.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

/// Columns as Keras draws them on 80 characters.
struct Columns {
  std::vector<int> widths;
  std::vector<std::string> titles;
};
const Columns kChain{{33, 24, 15}, {"Layer (type)", "Output Shape", "Param #"}};
const Columns kGraph{{21, 19, 12, 19}, {"Layer (type)", "Output Shape", "Param #", "Connected to"}};
constexpr size_t kNumbers = 2;  // the column that stands to the right

std::string with_commas(int64_t number) {
  std::string text = std::to_string(number);
  for (int64_t at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), ",");
  return text;
}

std::string repeated(std::string_view piece, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece;
  return text;
}

std::string rule(const Columns& columns, std::string_view left, std::string_view line, std::string_view cross,
                 std::string_view right) {
  std::string text(left);
  for (size_t i = 0; i < columns.widths.size(); ++i) {
    text += (i > 0 ? std::string(cross) : "") + repeated(line, columns.widths[i]);
  }
  return text + std::string(right) + "\n";
}

/// `text` for a column: what is longer ends in an ellipsis, as in Keras's table.
std::string fitted(const std::string& text, int column_width) {
  const auto width = static_cast<size_t>(column_width - 2);
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  if (static_cast<size_t>(std::ranges::count_if(text, starts_character)) <= width) return text;
  size_t end = 0;
  for (size_t characters = 0; end < text.size(); ++end) {
    if (starts_character(text[end]) && ++characters == width) break;
  }
  return text.substr(0, end) + "…";
}

std::string row(const Columns& columns, std::string_view bar, const std::vector<std::string>& cells) {
  std::string text;
  for (size_t i = 0; i < columns.widths.size(); ++i) {
    const int width = columns.widths[i];
    const std::string cell = fitted(cells[i], width);
    text += i == kNumbers ? fmt::format("{} {:>{}} ", bar, cell, width - 2)
                          : fmt::format("{} {:<{}} ", bar, cell, width - 2);
  }
  return text + std::string(bar) + "\n";
}

/// The layer's calls in the model, first those of inputs.
std::vector<const LayerCall*> calls_of(const LayerPtr& layer, const Wiring& wiring) {
  std::vector<const LayerCall*> calls;
  for (const SymbolicTensor& input : wiring.inputs()) {
    if (input.layer() == layer) calls.push_back(&input.call());
  }
  for (const LayerCall* call : wiring.calls()) {
    if (call->layer == layer) calls.push_back(call);
  }
  return calls;
}

/// "dense[0][0]": the first output of the layer's first call in the model.
std::string source(const SymbolicTensor& tensor, const Wiring& wiring) {
  const std::vector<const LayerCall*> calls = calls_of(tensor.layer(), wiring);
  const auto number = std::ranges::find(calls, &tensor.call()) - calls.begin();
  return fmt::format("{}[{}][{}]", tensor.layer()->name(), number, tensor.index());
}

std::string sources(const LayerPtr& layer, const Wiring& wiring) {
  std::vector<std::string> all;
  for (const LayerCall* call : calls_of(layer, wiring)) {
    for (const SymbolicTensor& input : call->inputs) all.push_back(source(input, wiring));
  }
  return all.empty() ? "-" : fmt::format("{}", fmt::join(all, ", "));
}

bool is_chain(const Wiring& wiring, size_t layers) {
  const auto& calls = wiring.calls();
  return wiring.inputs().size() == 1 && wiring.outputs().size() == 1 && calls.size() + 1 == layers &&
         std::ranges::all_of(calls, [](const LayerCall* call) { return call->inputs.size() == 1; });
}

std::string total(std::string_view what, int64_t count) {
  return fmt::format(" {} params: {} ({})\n", what, with_commas(count), format_size(count * 4));
}

}  // namespace

std::string format_size(int64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.2f} {}", value, kUnits[unit]);
}

std::string summary_table(const std::string& name, const std::vector<LayerPtr>& layers, const Wiring& wiring,
                          bool is_sequential) {
  const Columns& columns = is_sequential || is_chain(wiring, layers.size()) ? kChain : kGraph;
  std::string text = fmt::format("Model: \"{}\"\n", printable(name));
  text += rule(columns, "┏", "━", "┳", "┓") + row(columns, "┃", columns.titles) + rule(columns, "┡", "━", "╇", "┩");
  bool first = true;
  size_t call = 0;
  for (const LayerPtr& layer : layers) {
    int64_t own = 0;
    for (const Variable& variable : layer->weights()) own += variable.shape().size();
    const bool is_input = layer->class_name() == "InputLayer";
    if (is_sequential && is_input) continue;  // as Keras, which shows what it feeds
    if (!first) text += rule(columns, "├", "─", "┼", "┤");
    first = false;
    std::vector<const LayerCall*> calls = calls_of(layer, wiring);
    if (is_sequential && call < wiring.calls().size()) calls = {wiring.calls()[call++]};  // a layer may come twice
    text += row(columns, "│",
                {printable(fmt::format("{} ({})", layer->name(), layer->class_name())),
                 calls.empty() ? "?" : calls[0]->outputs[0].str(), calls.empty() ? "0 (unbuilt)" : with_commas(own),
                 printable(sources(layer, wiring))});
  }
  text += rule(columns, "└", "─", "┴", "┘");
  int64_t trainable = 0, fixed = 0;
  std::vector<Variable> seen;
  for (const LayerPtr& layer : layers) {
    for (const Variable& variable : layer->weights()) {
      if (std::ranges::find(seen, variable) != seen.end()) continue;
      seen.push_back(variable);
      (variable.trainable() ? trainable : fixed) += variable.shape().size();
    }
  }
  return text + total("Total", trainable + fixed) + total("Trainable", trainable) + total("Non-trainable", fixed);
}

}  // namespace reel
