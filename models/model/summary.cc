#include "reel/models/model/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reel/graph/printable.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

constexpr std::array<int, 3> kWidths{33, 24, 15};

std::string keras_shape(const Shape& shape) {
  std::string text = "(";
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) text += ", ";
    text += shape[axis] == rows ? "None" : std::to_string(shape[axis]);
  }
  return text + (shape.rank() == 1 ? ",)" : ")");
}

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

std::string rule(std::string_view left, std::string_view line, std::string_view cross, std::string_view right) {
  std::string text(left);
  for (size_t i = 0; i < kWidths.size(); ++i) text += (i > 0 ? std::string(cross) : "") + repeated(line, kWidths[i]);
  return text + std::string(right) + "\n";
}

/// `text` for a column: what is longer ends in an ellipsis, as in Keras's table.
std::string fitted(const std::string& text, size_t column) {
  const auto width = static_cast<size_t>(kWidths[column] - 2);
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  if (static_cast<size_t>(std::ranges::count_if(text, starts_character)) <= width) return text;
  size_t end = 0;
  for (size_t characters = 0; end < text.size(); ++end) {
    if (starts_character(text[end]) && ++characters == width) break;
  }
  return text.substr(0, end) + "…";
}

std::string row(std::string_view bar, const std::string& a, const std::string& b, const std::string& c) {
  return fmt::format("{0} {1:<{4}} {0} {2:<{5}} {0} {3:>{6}} {0}\n", bar, fitted(a, 0), fitted(b, 1), fitted(c, 2),
                     kWidths[0] - 2, kWidths[1] - 2, kWidths[2] - 2);
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

std::string summary_table(const std::string& name, const std::vector<LayerPtr>& layers,
                          const std::vector<Shape>& output_shapes) {
  std::string text = fmt::format("Model: \"{}\"\n", printable(name));
  text += rule("┏", "━", "┳", "┓") + row("┃", "Layer (type)", "Output Shape", "Param #") + rule("┡", "━", "╇", "┩");
  bool first = true;
  for (size_t i = 0; i < layers.size(); ++i) {
    int64_t own = 0;
    for (const Weight& weight : layers[i]->weights()) own += weight.shape.size();
    if (layers[i]->class_name() == "InputLayer") continue;  // as Keras, which shows what it feeds
    if (!first) text += rule("├", "─", "┼", "┤");
    first = false;
    const bool built = i < output_shapes.size();
    text += row("│", printable(fmt::format("{} ({})", layers[i]->name(), layers[i]->class_name())),
                built ? keras_shape(output_shapes[i]) : "?", built ? with_commas(own) : "0 (unbuilt)");
  }
  text += rule("└", "─", "┴", "┘");
  int64_t trainable = 0, fixed = 0;
  for (const LayerPtr& layer : distinct_layers(layers)) {
    for (const Weight& weight : layer->weights()) (weight.trainable ? trainable : fixed) += weight.shape.size();
  }
  return text + total("Total", trainable + fixed) + total("Trainable", trainable) + total("Non-trainable", fixed);
}

}  // namespace reel
