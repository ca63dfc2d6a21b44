// Parts of preprocessing.json that are about numbers: padding, classes, norms, parts, windows, what layers learn of
// data.
#include <fmt/format.h>

#include <algorithm>

#include "golden/config.h"
#include "golden/preprocessing_parts.h"
#include "reel/graph/error.h"
#include "reel/models/data/arrays.h"
#include "reel/models/data/sequences.h"
#include "reel/models/data/timeseries.h"
#include "reel/models/layers/preprocessing.h"
#include "reel/models/model/sequential.h"

namespace reel::golden {
namespace {

using Sequences = std::vector<std::vector<double>>;

void gather(const Json& lists, std::vector<int64_t>& shape, size_t depth, std::vector<double>& values) {
  if (!lists.is_array()) {
    values.push_back(lists.get<double>());
    return;
  }
  if (shape.size() <= depth) shape.push_back(static_cast<int64_t>(lists.size()));
  for (const Json& element : lists) gather(element, shape, depth + 1, values);
}

DType dtype_of(const Json& name) {
  const std::string word = name.is_null() ? "int32" : name.get<std::string>();
  if (word == "int32" || word == "int64") return DType::i32;
  if (word == "float32") return DType::f32;
  if (word == "float64") return DType::f64;
  throw Unsupported(fmt::format("arrays of {}", word));
}

template <class Options>
Options pad_options(Config& args) {
  Options options;
  const auto side = [&](const char* name) { return side_named(args.get<std::string>(name, "pre"), name); };
  options.padding = side("padding");
  options.truncating = side("truncating");
  if (const Json& maxlen = args.take("maxlen"); !maxlen.is_null()) options.maxlen = maxlen.get<int64_t>();
  return options;
}

bool are_texts(const Json& sequences) { return sequences.dump().find('"') != std::string::npos; }

void check_padded_texts(const Json& sequences, Config& args, const Json& expected, Case& result) {
  auto options = pad_options<PadTextOptions>(args);
  args.need("dtype", "object");
  options.value = args.get<std::string>("value", "");
  args.finish();
  const Strings padded = pad_sequences(sequences.get<std::vector<std::vector<std::string>>>(), options);
  std::vector<std::string> all;
  for (const Json& row : expected) {
    for (const Json& text : row) all.push_back(text.get<std::string>());
  }
  const auto ours = padded.texts();
  result.check("output", std::vector<std::string>(ours.begin(), ours.end()) == all, "differs");
}

void check_padded(const Json& sequences, const Json& args_of, const Json& expected, Case& result) {
  const std::string owner = "pad_sequences";
  Config args(owner, args_of);
  if (are_texts(sequences)) return check_padded_texts(sequences, args, expected, result);
  auto options = pad_options<PadOptions>(args);
  options.dtype = dtype_of(args.take("dtype"));
  options.value = args.get<double>("value", 0);
  args.finish();
  for (const Json& sequence : sequences) {
    if (!sequence.is_array()) throw ValueError("a number is no sequence");  // which no type here allows
  }
  const bool is_of_vectors = !sequences.empty() && !sequences[0].empty() && sequences[0][0].is_array();
  const Tensor padded = is_of_vectors
                            ? pad_sequences(sequences.get<std::vector<std::vector<std::vector<double>>>>(), options)
                            : pad_sequences(sequences.get<Sequences>(), options);
  result.compare("output", padded, tensor_of(expected, options.dtype), kExact);
  if (is_of_vectors || options.dtype != DType::i32) return;
  // As of whole numbers, and as rows that are made when they are read.
  const auto whole = sequences.get<std::vector<std::vector<int32_t>>>();
  result.compare("whole numbers", pad_sequences(whole, options), padded, kExact);
  if (whole.empty() || padded.size() == 0) return;
  result.compare("rows", Samples(PaddedSequences(whole, options)).read(0, padded.shape()[0]), padded, kExact);
}

/// By batches of so many rows; all at once for null.
std::vector<Tensor> batches_of(const Samples& rows_of, const Json& batch_size) {
  std::vector<Tensor> batches;
  const int64_t count = rows_of.shape()[0], size = batch_size.is_null() ? count : batch_size.get<int64_t>();
  for (int64_t begin = 0; begin < count; begin += size) {
    batches.push_back(rows_of.read(begin, std::min(begin + size, count)));
  }
  return batches;
}

void compare_batches(const std::string& what, const std::vector<Tensor>& ours, const Json& keras, Case& result) {
  result.check(what, ours.size() == keras.size(), fmt::format("{} batches, expected {}", ours.size(), keras.size()));
  for (size_t i = 0; i < std::min(ours.size(), keras.size()); ++i) {
    result.compare(fmt::format("{} {}", what, i), ours[i], tensor_of(keras[i]), kExact);
  }
}

void replay_windows(const Json& part, const Json& spec, Case& result) {
  const std::string owner = "timeseries_dataset_from_array",
                    which = spec.at("targets").is_null() ? "" : spec["targets"];
  Config args(owner, spec.at("args"));
  const int64_t length = args.integer("sequence_length");
  TimeSeriesOptions options{.sequence_stride = args.get<int64_t>("sequence_stride", 1),
                            .sampling_rate = args.get<int64_t>("sampling_rate", 1),
                            .start_index = args.get<int64_t>("start_index", 0)};
  if (const Json& end = args.take("end_index"); !end.is_null()) options.end_index = end.get<int64_t>();
  const bool is_batched = !spec["args"].contains("batch_size") || !spec["args"]["batch_size"].is_null();
  const Json batch_size = args.get<int64_t>("batch_size", 128);
  args.finish();
  Tensor targets = which.empty() ? Tensor() : tensor_of(part.at("targets"));
  if (which.starts_with("from ")) targets = targets.slice_rows(std::stoll(which.substr(5)), targets.shape()[0]);
  const TimeSeries made = timeseries_dataset_from_array(tensor_of(part.at("data")), targets, length, options);
  const Json& expected = spec.at("result");
  if (!is_batched) {
    result.compare("windows", made.x.read(0, made.x.shape()[0]), tensor_of(expected.at("batches")), kExact);
    return;
  }
  compare_batches("windows", batches_of(made.x, batch_size), expected.at("batches"), result);
  if (made.y) compare_batches("targets", batches_of(made.y, batch_size), expected.at("targets"), result);
}

}  // namespace

void replay_each(const std::string& name, const Json& part, Report& report,
                 const std::function<void(const Json& spec, Case& result)>& replay) {
  int number = 0;
  for (const Json& spec : part.is_array() ? part : part.at("cases")) {
    report.run(fmt::format("{}[{}]", name, number++), [&](Case& result) { replay(spec, result); });
  }
}

void check_result(const Json& result_of, Case& result, const std::function<void()>& run) {
  if (!result_of.is_object() || !result_of.contains("error")) return run();
  try {
    run();
    result.check("error", false, fmt::format("expected as Keras's {}, got none", result_of["error"].dump()));
  } catch (const Error&) {
    result.check("error", true, "");
  }
}

Tensor tensor_of(const Json& lists, DType dtype) {
  std::vector<int64_t> shape;
  std::vector<double> values;
  gather(lists, shape, 0, values);
  return Tensor::of(Shape(shape), std::span<const double>(values)).cast(dtype);
}

void replay_padding(const std::string& name, const Json& part, Report& report) {
  replay_each(name, part, report, [&](const Json& spec, Case& result) {
    const Json& sequences = part.is_array() ? spec.at("sequences") : part.at("sequences");
    if (!spec.contains("result")) return check_padded(sequences, spec.at("args"), spec.at("output"), result);
    check_result(spec["result"], result,
                 [&] { check_padded(sequences, spec.at("args"), spec["result"].value("output", Json()), result); });
  });
  if (!part.is_object() || !part.contains("float_case")) return;
  const Json& spec = part["float_case"];
  report.run(name + ".float_case",
             [&](Case& result) { check_padded(spec.at("sequences"), spec.at("args"), spec.at("output"), result); });
}

void replay_to_categorical(const std::string& name, const Json& part, Report& report) {
  const auto check = [](const Json& x, const Json& num_classes, const Json& expected, Case& result) {
    const auto count = num_classes.is_null() ? std::nullopt : std::optional(num_classes.get<int64_t>());
    const Tensor ours = to_categorical(tensor_of(x, DType::f64), count);  // which may refuse what Keras does
    result.compare("output", ours, tensor_of(expected), kExact);
  };
  if (part.is_object()) {
    report.run(name, [&](Case& result) { check(part.at("ids"), part.at("num_classes"), part.at("output"), result); });
    return;
  }
  replay_each(name, part, report, [&](const Json& spec, Case& result) {
    check_result(spec.at("result"), result, [&] {
      check(spec.at("x"), spec.at("args").value("num_classes", Json()), spec["result"].value("output", Json()), result);
    });
  });
}

void replay_normalize(const std::string& name, const Json& part, Report& report) {
  const auto check = [](const Json& x, const Json& args_of, const Json& expected, Case& result) {
    const std::string owner = "normalize";
    Config args(owner, args_of);
    const int axis = args.get("axis", -1);
    const auto order = args.get<double>("order", 2);
    args.finish();
    if (axis == 0) throw Unsupported("Keras divides by norms along axis 0 as if they were those along the last");
    result.compare("output", normalize(tensor_of(x), axis, order), tensor_of(expected), kPrepared);
  };
  if (part.is_object()) {
    report.run(name, [&](Case& result) {
      check(part.at("x"), {{"order", part.at("order")}}, part.at("output"), result);
    });
    return;
  }
  replay_each(name, part, report, [&](const Json& spec, Case& result) {
    check(spec.at("x"), spec.at("args"), spec.at("result").value("output", Json()), result);
  });
}

void replay_split_dataset(const std::string& name, const Json& part, Report& report) {
  const Tensor data = tensor_of(part.at("data"));
  const auto check = [&](const SplitOptions& options, const Json& expected, Case& result) {
    const auto [left, right] = split_dataset(data, options);
    result.compare("left", left, tensor_of(expected.value("left", Json::array())), kExact);
    result.compare("right", right, tensor_of(expected.value("right", Json::array())), kExact);
  };
  replay_each(name, part, report, [&](const Json& spec, Case& result) {
    const auto size = [&](const char* key) -> PartSize {
      const Json given = spec.at("args").value(key, Json());
      if (given.is_null()) return {};
      return given.is_number_integer() ? PartSize(given.get<int64_t>()) : PartSize(given.get<double>());
    };
    check_result(spec.at("result"), result, [&] {
      check({.left_size = size("left_size"), .right_size = size("right_size")}, spec["result"], result);
    });
  });
  for (const Json& spec : part.value("shuffled", Json::array())) {
    report.run(fmt::format("{}.shuffled_{}", name, spec.at("seed").dump()), [&](Case& result) {
      const auto left = static_cast<int64_t>(spec.at("left").size());
      check({.left_size = left, .shuffle_seed = spec["seed"].get<int64_t>()}, spec, result);
    });
  }
}

void replay_timeseries(const std::string& name, const Json& part, Report& report) {
  replay_each(name, part, report, [&](const Json& spec, Case& result) {
    check_result(spec.at("result"), result, [&] { replay_windows(part, spec, result); });
  });
}

void replay_normalization_adapt(const std::string& name, const Json& part, Report& report) {
  replay_each(name, part, report, [](const Json& spec, Case& result) {
    NormalizationOptions options;
    const Json& axis = spec.at("axis");
    options.axis = axis.is_null() ? AxisList(std::vector<int64_t>{}) : AxisList(axis.get<int64_t>());
    Normalization layer(options);
    layer.adapt(tensor_of(spec.at("data")));
    const std::vector<Tensor> learned = layer.get_weights();
    const Tensor mean = tensor_of(spec.at("mean")), variance = tensor_of(spec.at("variance"));
    result.compare("mean", learned.at(0).reshaped(mean.shape()), mean, kPrepared);
    result.compare("variance", learned.at(1).reshaped(variance.shape()), variance, kPrepared);
    Sequential model{layer};
    result.compare("output", model.predict(tensor_of(spec.at("x"))), tensor_of(spec.at("output")), {1e-5, 1e-6});
  });
}

void replay_discretization_adapt(const std::string& name, const Json& part, Report& report) {
  report.run(name, [&](Case& result) {
    Discretization layer({}, {.num_bins = part.at("num_bins").get<int64_t>()});
    layer.adapt(tensor_of(part.at("data")));
    result.compare("bin_boundaries", Tensor::of(layer.bin_boundaries()), tensor_of(part.at("bin_boundaries")), kExact);
    Sequential model{layer};
    const Tensor x = tensor_of(part.at("x")), bins = model.predict(x.reshaped({x.size(), 1}));
    result.compare("output", bins.reshaped({x.size()}), tensor_of(part.at("output")), kExact);
  });
}

}  // namespace reel::golden
