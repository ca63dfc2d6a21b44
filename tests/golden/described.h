// Objects made from Keras's configs by `from_config` alone, and whether they say the same of themselves.
#pragma once

#include <fmt/format.h>

#include <string>

#include "golden/case_files.h"
#include "golden/report.h"
#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel::golden {

/// An object as Keras serializes it.
inline OrderedJson serialized_json(const std::string& keras_class, const OrderedJson& config) {
  return {{"class_name", keras_class}, {"config", config}};
}

/// Throws Unsupported for a class that the library does not have; `what` names the kind. Arguments that it does not
/// have are a failure.
template <class Made>
Made make_described(const std::string& what, const std::string& keras_class, const OrderedJson& config) {
  try {
    Made{keras_class};
  } catch (const ValueError&) {
    throw Unsupported(fmt::format("no {} {}", what, keras_class));
  }
  return Made::from_config(config_of(serialized_json(keras_class, config)));
}

/// A config without what Keras adds once an object within is built.
inline OrderedJson without_builds(OrderedJson json) {
  if (json.is_object()) json.erase("build_config");
  if (json.is_structured()) {
    for (OrderedJson& part : json) part = without_builds(std::move(part));
  }
  return json;
}

/// What would make `ours` the same, or that its keys stand in another order.
inline std::string differences(const OrderedJson& ours, const OrderedJson& expected) {
  const OrderedJson patch = OrderedJson::diff(ours, expected);
  return patch.empty() ? "the order of keys in " + ours.dump() : patch.dump();
}

/// Records whether the object's config is the stored one, in the order of keys, too. `name` and `dtype` may have been
/// left out of that.
template <class Made>
void compare_config(const Made& made, const std::string& keras_class, const OrderedJson& stored, Case& result) {
  OrderedJson ours = json_of(made.config());
  for (const char* key : {"name", "dtype"}) {
    if (!stored.contains(key)) ours["config"].erase(key);
  }
  // That class has another name in Python than in files.
  const std::string name = keras_class == "GroupedQueryAttention" ? "GroupQueryAttention" : keras_class;
  result.check("class_name", ours["class_name"] == name,
               fmt::format("is {}, expected {}", ours["class_name"].dump(), name));
  const OrderedJson expected = without_builds(stored);
  result.check("config", ours["config"] == expected, fmt::format("differs: {}", differences(ours["config"], expected)));
}

/// A Made of a case's "keras_class" and "config", which it must give again. Throws Unsupported, with the library's own
/// reason, for what there is not.
template <class Made>
Made made_of(const OrderedJson& spec, Case& result) {
  const std::string keras_class = spec.at("keras_class");
  const Made made = [&] {
    try {
      return Made::from_config(config_of(serialized_json(keras_class, spec.at("config"))));
    } catch (const ValueError& error) {
      throw Unsupported(error.what());
    }
  }();
  compare_config(made, keras_class, spec["config"], result);
  return made;
}

}  // namespace reel::golden
