// preprocessing.json: what is done to data before it is trained on, and the IMDB reviews as load_data encodes them.
#include <fmt/format.h>

#include <map>
#include <set>

#include "golden/cases.h"
#include "golden/config.h"
#include "golden/preprocessing_parts.h"
#include "reel/models/data/imdb.h"
#include "reel/models/data/numpy_shuffle.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

using Sequences = std::vector<std::vector<int32_t>>;

imdb::LoadOptions make_load_options(Config& args, const Json& spec) {
  imdb::LoadOptions options;
  // Here null is a value of its own: no start character, no replacement.
  const auto character = [&](const char* name, std::optional<int32_t> fallback) -> std::optional<int32_t> {
    const Json& given = args.take(name);
    if (!spec.contains(name)) return fallback;
    return given.is_null() ? std::nullopt : std::optional(given.get<int32_t>());
  };
  options.start_char = character("start_char", options.start_char);
  options.oov_char = character("oov_char", options.oov_char);
  options.num_words = character("num_words", {});
  options.skip_top = args.get("skip_top", options.skip_top);
  options.seed = args.get("seed", options.seed);
  options.index_from = args.get("index_from", options.index_from);
  if (const Json& maxlen = args.take("maxlen"); !maxlen.is_null()) options.maxlen = maxlen.get<int64_t>();
  args.finish();
  return options;
}

void check_split(const std::string& which, const imdb::Split& ours, const Json& spec, Case& result) {
  result.check("x_" + which, ours.x == spec.at("x_" + which).get<Sequences>(), "differs: " + Json(ours.x).dump());
  result.check("y_" + which, ours.y == spec.at("y_" + which).get<std::vector<int32_t>>(),
               "differs: " + Json(ours.y).dump());
}

void replay_load_data(const Json& raw, const Json& spec, Case& result) {
  const std::string owner = "imdb.load_data";
  Config args(owner, spec.at("args"));
  const imdb::LoadOptions options = make_load_options(args, spec["args"]);
  const imdb::Data data{{raw.at("x_train").get<Sequences>(), raw.at("y_train").get<std::vector<int32_t>>()},
                        {raw.at("x_test").get<Sequences>(), raw.at("y_test").get<std::vector<int32_t>>()}};
  const imdb::Data ours = imdb::encode(data, options);
  check_split("train", ours.train, spec, result);
  check_split("test", ours.test, spec, result);
  NumpyShuffle shuffle(options.seed);
  for (const char* key : {"train_permutation", "test_permutation"}) {
    if (!spec.contains(key)) continue;
    const auto expected = spec[key].get<std::vector<uint32_t>>();
    result.check(key, shuffle.permutation(static_cast<uint32_t>(expected.size())) == expected, "differs");
  }
}

void replay_imdb(const std::string& name, const Json& part, Report& report) {
  int number = 0;
  for (const Json& spec : part.at("cases")) {
    report.run(fmt::format("{}[{}]", name, number++),
               [&](Case& result) { replay_load_data(part.at("raw"), spec, result); });
  }
  const std::string prefix = "shuffle_of_";
  for (const auto& [key, order] : part.items()) {  // "shuffle_of_1000_seed_113"
    const size_t seed_at = key.rfind('_');
    if (!key.starts_with(prefix)) continue;
    report.run(name + "." + key, [&, &order = order, &key = key](Case& result) {
      NumpyShuffle shuffle(static_cast<uint32_t>(std::stoul(key.substr(seed_at + 1))));
      const auto expected = order.get<std::vector<uint32_t>>();
      result.check("order", shuffle.permutation(static_cast<uint32_t>(expected.size())) == expected, "differs");
    });
  }
}

/// One case for every element of "cases", and one for every other result of the part.
void count_unsupported(const std::string& name, const Json& part, Report& report) {
  const std::string reason = "no " + name.substr(name.find('/') + 1);
  const bool is_list = part.is_array();
  if (!is_list && !(part.is_object() && part.contains("cases"))) {
    report.unsupported(name, reason);
    return;
  }
  const Json& cases = is_list ? part : part["cases"];
  for (size_t i = 0; i < cases.size(); ++i) report.unsupported(fmt::format("{}[{}]", name, i), reason);
  if (is_list) return;
  for (const auto& [key, value] : part.items()) {
    if (key != "cases" && key != "texts" && key != "defaults" && key != "note") {
      report.unsupported(fmt::format("{}.{}", name, key), reason);
    }
  }
}

const std::map<std::string, PartReplay> kParts{{"imdb_load_data", replay_imdb},
                                               {"pad_sequences", replay_padding},
                                               {"to_categorical", replay_to_categorical},
                                               {"normalize", replay_normalize},
                                               {"split_dataset", replay_split_dataset},
                                               {"timeseries_dataset_from_array", replay_timeseries},
                                               {"text_dataset_from_directory", replay_text_folder},
                                               {"normalization_adapt", replay_normalization_adapt},
                                               {"discretization_adapt", replay_discretization_adapt},
                                               {"tokenizer", replay_tokenizer},
                                               {"text_vectorization", replay_text_vectorization},
                                               {"lookup", replay_lookup},
                                               {"hashing", replay_hashing}};
/// What says something about the parts, and is none.
const std::set<std::string> kRemarks{"notes", "note"};

void replay_file(const fs::path& folder, const std::string& file, Report& report) {
  const Json parts = read_json(folder / (file + ".json"));
  for (const auto& [name, part] : parts.items()) {
    const auto known = kParts.find(name);
    if (known != kParts.end())
      known->second(file + "/" + name, part, report);
    else if (!kRemarks.contains(name))
      count_unsupported(file + "/" + name, part, report);
  }
}

}  // namespace

void replay_preprocessing(const fs::path& folder, Report& report) {
  for (const std::string& file : stems_of_part(folder, "preprocessing")) {
    report.run_part(file, [&] { replay_file(folder, file, report); });
  }
}

}  // namespace reel::golden
