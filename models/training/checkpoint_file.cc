#include "reel/models/training/checkpoint_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/safetensors.h"
#include "reel/models/formats/sha256.h"

namespace reel {
namespace {

/// Of the layout below: another one is another number.
constexpr int64_t kFormat = 1;
// Texts of the file.
constexpr const char *kSum = "reel_checkpoint_sha256", *kState = "reel_checkpoint";
// Groups of its tensors.
constexpr std::string_view kVariable = "variable/", kCallback = "callback/", kHistory = "history/", kTotal = "total/",
                           kLosses = "losses", kEpochSeconds = "epoch_seconds";
constexpr size_t kDigits = 64;

/// Where the digits of the sum stand in the file: the first place that says so, which is in its header.
std::optional<size_t> place_of_sum(std::span<const std::byte> file) {
  const std::string key = fmt::format("\"{}\":\"", kSum);
  const std::string_view text = text_of(file);
  const size_t found = text.find(key);
  if (found == text.npos || text.size() - found < key.size() + kDigits) return {};
  return found + key.size();
}

/// Of the file with zeros in the place of the digits.
std::string sum_of(std::span<const std::byte> file, size_t place) {
  Sha256 hash;
  hash.update(file.first(place));
  hash.update(bytes_of(std::string(kDigits, '0')));
  hash.update(file.subspan(place + kDigits));
  return hash.hex();
}

// JSON has no numbers that are not finite; they are written as objects of this key.
constexpr const char* kNotFinite = "not finite";

Json with_all_numbers(const Json& json) {
  if (json.is_number_float() && !std::isfinite(json.get<double>())) {
    const double value = json.get<double>();
    return {{kNotFinite, std::isnan(value) ? 0 : value > 0 ? 1 : -1}};
  }
  if (!json.is_structured()) return json;
  Json all = json.is_array() ? Json::array() : Json::object();
  for (const auto& [key, value] : json.items()) {
    if (json.is_array())
      all.push_back(with_all_numbers(value));
    else
      all[key] = with_all_numbers(value);
  }
  return all;
}

/// The reverse.
Json numbers_in(const Json& json) {
  if (!json.is_structured()) return json;
  if (json.is_object() && json.size() == 1 && json.contains(kNotFinite)) {
    const Json& which = json[kNotFinite];
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return which == 0 ? std::numeric_limits<double>::quiet_NaN() : which == 1 ? kInfinity : -kInfinity;
  }
  Json all = json.is_array() ? Json::array() : Json::object();
  for (const auto& [key, value] : json.items()) {
    if (json.is_array())
      all.push_back(numbers_in(value));
    else
      all[key] = numbers_in(value);
  }
  return all;
}

Json history_json(const History& history) {
  Json epochs = Json::array();
  for (const History::Epoch& epoch : history.epochs) {
    Json names = Json::array();
    for (const auto& [name, value] : epoch.logs) names.push_back(name);
    epochs.push_back({{"epoch", epoch.epoch}, {"logs", names}});
  }
  return epochs;
}

Json json_of(const TrainingState& state) {
  Json callbacks = Json::array();
  for (const CallbackState& callback : state.callbacks)
    callbacks.push_back(with_all_numbers(reel::json_of(callback.numbers)));
  return {{"format", kFormat},
          {"version", state.version},
          {"epoch", state.place.epoch},
          {"batch", state.place.batch},
          {"stops", state.stops},
          {"orders", state.orders},
          {"next_order", state.next_order},
          {"pass_batches", state.pass_batches},
          {"history", history_json(state.history)},
          {"callbacks", callbacks},
          {"made_with", reel::json_of(state.made_with)}};
}

NamedTensors tensors_of(const TrainingState& state) {
  NamedTensors tensors;
  for (const auto& [name, tensor] : state.variables) tensors.emplace_back(std::string(kVariable) + name, tensor);
  for (size_t i = 0; i < state.callbacks.size(); ++i) {
    for (const auto& [name, tensor] : state.callbacks[i].tensors)
      tensors.emplace_back(fmt::format("{}{}/{}", kCallback, i, name), tensor);
  }
  for (size_t i = 0; i < state.history.epochs.size(); ++i) {
    std::vector<double> numbers{state.history.epochs[i].seconds};
    for (const auto& [name, value] : state.history.epochs[i].logs) numbers.push_back(value);
    tensors.emplace_back(fmt::format("{}{}", kHistory, i), Tensor::of(numbers));
  }
  std::vector<double> losses{state.scores.rows};
  losses.insert(losses.end(), state.scores.losses.begin(), state.scores.losses.end());
  tensors.emplace_back(std::string(kLosses), Tensor::of(losses));
  for (size_t i = 0; i < state.scores.totals.size(); ++i)
    tensors.emplace_back(fmt::format("{}{}", kTotal, i), state.scores.totals[i]);
  tensors.emplace_back(std::string(kEpochSeconds), Tensor::scalar(state.seconds, DType::f64));
  return tensors;
}

/// What a sound file holds; what it says of itself is still asked for, and not believed.
class Reading {
 public:
  Reading(const Safetensors& content, std::string_view source) : content_(content), source_(source) {
    const auto found =
        std::ranges::find(content.metadata, std::string(kState), &std::pair<std::string, std::string>::first);
    if (found == content.metadata.end()) fail(kState);
    json_ = reel::json_of(Config::parse(found->second));
    if (number("format") != kFormat) fail("format");
  }

  TrainingState state() const {
    TrainingState state;
    state.place = {number("epoch"), number("batch")};
    state.version = at("version", json_.contains("version") && json_["version"].is_string()).get<std::string>();
    state.stops = at("stops", json_.contains("stops") && json_["stops"].is_boolean()).get<bool>();
    state.orders = number("orders");
    state.next_order = number("next_order");
    state.pass_batches = number("pass_batches");
    state.made_with = config_of(at("made_with", true));
    state.source = source_;
    const Json& callbacks = list("callbacks");
    for (const Json& numbers : callbacks) state.callbacks.push_back({config_of(numbers_in(numbers)), {}});
    for (const auto& [name, tensor] : content_.tensors) take(name, tensor, state);
    read_history(state);
    return state;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw DataError(fmt::format("{}: no checkpoint of this version: \"{}\" is missing or wrong", source_, what));
  }
  const Json& at(const char* key, bool is_right) const {
    if (!is_right || !json_.is_object() || !json_.contains(key)) fail(key);
    return json_[key];
  }
  int64_t number(const char* key) const {
    const bool is_right = json_.is_object() && json_.contains(key) && json_[key].is_number_unsigned();
    const int64_t value = at(key, is_right).get<int64_t>();
    if (value < 0) fail(key);
    return value;
  }
  const Json& list(const char* key) const {
    return at(key, json_.is_object() && json_.contains(key) && json_[key].is_array());
  }

  void take(const std::string& name, const Tensor& tensor, TrainingState& state) const {
    if (name.starts_with(kVariable)) {
      state.variables.emplace_back(name.substr(kVariable.size()), tensor);
    } else if (name.starts_with(kTotal)) {
      if (tensor.dtype() != DType::f64 || name != fmt::format("{}{}", kTotal, state.scores.totals.size())) fail(name);
      state.scores.totals.push_back(tensor);
    } else if (name.starts_with(kCallback)) {
      take_callback(name, tensor, state);
    } else if (name == kLosses) {
      const std::vector<double> numbers = doubles(name);
      if (numbers.empty()) fail(name);
      state.scores.rows = numbers[0];
      state.scores.losses.assign(numbers.begin() + 1, numbers.end());
    } else if (name == kEpochSeconds) {
      if (tensor.size() != 1) fail(name);
      state.seconds = tensor.item();
    } else if (!name.starts_with(kHistory)) {
      fail(excerpt(name));
    }
  }
  void take_callback(const std::string& name, const Tensor& tensor, TrainingState& state) const {
    for (size_t i = 0; i < state.callbacks.size(); ++i) {
      const std::string prefix = fmt::format("{}{}/", kCallback, i);
      if (!name.starts_with(prefix)) continue;
      state.callbacks[i].tensors.emplace_back(name.substr(prefix.size()), tensor);
      return;
    }
    fail(excerpt(name));
  }

  std::vector<double> doubles(const std::string& name) const {
    const auto found = std::ranges::find(content_.tensors, name, &NamedTensors::value_type::first);
    if (found == content_.tensors.end() || found->second.dtype() != DType::f64) fail(excerpt(name));
    return found->second.to_vector<double>();
  }
  void read_history(TrainingState& state) const {
    for (const Json& epoch : list("history")) {
      const bool is_right = epoch.is_object() && epoch.contains("epoch") && epoch["epoch"].is_number_unsigned() &&
                            epoch.contains("logs") && epoch["logs"].is_array();
      if (!is_right) fail("history");
      const std::vector<double> numbers = doubles(fmt::format("{}{}", kHistory, state.history.epochs.size()));
      const Json& names = epoch["logs"];
      if (numbers.size() != 1 + names.size()) fail("history");
      History::Epoch& read = state.history.epochs.emplace_back();
      read.epoch = epoch["epoch"].get<int64_t>();
      read.seconds = numbers[0];
      for (size_t i = 0; i < names.size(); ++i) {
        if (!names[i].is_string()) fail("history");
        read.logs.set(names[i].get<std::string>(), numbers[i + 1]);
      }
    }
  }

  const Safetensors& content_;
  std::string source_;
  Json json_;
};

}  // namespace

std::vector<std::byte> write_checkpoint(const TrainingState& state) {
  const std::string text = json_of(state).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<std::byte> file =
      write_safetensors({tensors_of(state), {{kSum, std::string(kDigits, '0')}, {kState, text}}});
  const size_t place = place_of_sum(file).value();
  std::ranges::copy(bytes_of(sum_of(file, place)), file.begin() + static_cast<ptrdiff_t>(place));
  return file;
}

TrainingState read_checkpoint(std::span<const std::byte> file, std::string_view source) {
  const std::optional<size_t> place = is_safetensors(file) ? place_of_sum(file) : std::nullopt;
  if (!place) throw DataError(fmt::format("{}: expected a checkpoint{}", source, got_kind(file)));
  if (text_of(file.subspan(*place, kDigits)) != sum_of(file, *place))
    throw DataError(fmt::format("{}: is damaged: its SHA-256 is another than it says", source));
  return parse_checkpoint(file, source);
}

TrainingState parse_checkpoint(std::span<const std::byte> file, std::string_view source) {
  const Safetensors content = read_safetensors(file, source);
  try {
    return Reading(content, source).state();
  } catch (const ValueError& error) {
    throw DataError(fmt::format("{}: {}", source, error.what()));
  }
}

}  // namespace reel
