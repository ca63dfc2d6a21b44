#include "reel/models/training/made_with.h"

#include <algorithm>

#include "reel/models/describe/json.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/sha256.h"

namespace reel {
namespace {

/// Rows of a source that are looked at.
constexpr int64_t kSampledRows = 32;

void add(const Tensor& tensor, Sha256& hash) { hash.update({tensor.raw(), tensor.bytes()}); }

void add(const Samples& data, Sha256& hash) {
  const std::string type = data ? data.type().str() : "none";
  hash.update(bytes_of(type + "\n"));
  if (!data || data.shape()[0] == 0) return;
  const int64_t count = data.shape()[0];
  if (data.is_in_memory()) return add(data.read(0, count), hash);
  std::vector<int64_t> numbers;
  const int64_t sampled = std::min(count, kSampledRows);
  for (int64_t i = 0; i < sampled; ++i) numbers.push_back(i * ((count - 1) / std::max<int64_t>(1, sampled - 1)));
  add(data.read(numbers), hash);
}

Json callbacks_json(const Callbacks& callbacks) {
  Json list = Json::array();
  for (const CallbackPtr& callback : callbacks) {
    if (!callback || callback->keeps_state()) continue;
    const Config config = config_or_null([&] { return callback.config(); });
    list.push_back(config == Config() ? Json(callback->class_name()) : json_of(config));
  }
  return list;
}

Json number_or_null(const std::optional<int64_t>& number) { return number ? Json(*number) : Json(); }

}  // namespace

std::string data_sha256(const TrainingRows& all) {
  if (!all) return "none";
  Sha256 hash;
  for (const Samples& data : all.together()) add(data, hash);
  return hash.hex();
}

Config made_with(const Config& model, const FitOptions& options, const Callbacks& callbacks, const Split& data) {
  Json json = json_of(model);
  json["rows"] = data.training ? Json(data.training.count()) : Json();  // a stream may not know
  json["validation_rows"] = data.validation ? data.validation.count() : 0;
  json["batch_size"] = options.batch_size;
  json["shuffle"] = options.shuffle;
  json["initial_epoch"] = options.initial_epoch;
  json["steps_per_epoch"] = number_or_null(options.steps_per_epoch);
  json["validation_steps"] = number_or_null(options.validation_steps);
  json["validation_batch_size"] = options.validation_batch_size;
  json["validation_freq"] = options.validation_freq.str();
  json["class_weight"] = Json::array();
  for (const auto& [number, weight] : options.class_weight) json["class_weight"].push_back({number, weight});
  json["callbacks"] = callbacks_json(callbacks);
  json["data"] = data_sha256(data.training);
  json["validation_data"] = data_sha256(data.validation);
  return config_of(std::move(json));
}

}  // namespace reel
