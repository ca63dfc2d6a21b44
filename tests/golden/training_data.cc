#include "golden/training_data.h"

#include <fmt/format.h>

#include "golden/report.h"
#include "reel/graph/error.h"
#include "reel/models/data/datasets.h"
#include "reel/models/data/imdb.h"
#include "reel/models/data/rows.h"
#include "reel/models/data/sequences.h"
#include "reel/models/formats/sha256.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

fs::path data_beside(const fs::path& folder) { return fs::absolute(folder / ".." / "data").lexically_normal(); }

std::string imdb_path(const fs::path& folder, const std::string& file) {
  const fs::path beside = data_beside(folder) / file;
  if (std::getenv("REEL_DATA") == nullptr && fs::exists(beside)) return beside.string();
  if (const auto found = find_imdb()) return *found;
  if (fs::exists(beside)) return beside.string();
  throw Unsupported(fmt::format("there is no {} on this machine; $REEL_DATA may name its folder", file));
}

Side side_of(const Json& name) { return name == "post" ? Side::post : Side::pre; }

/// Rows [range[0], range[1]) of a split, encoded and padded.
Tensor encode_rows(const imdb::Split& split, const Json& range, const Json& spec) {
  const Json& data = spec.at("data");
  const imdb::LoadOptions options{.num_words = spec.at("num_words").get<int32_t>(),
                                  .start_char = data.at("start_char").get<int32_t>(),
                                  .oov_char = data.at("oov_char").get<int32_t>(),
                                  .index_from = data.at("index_from").get<int32_t>()};
  std::vector<std::vector<int32_t>> encoded;
  for (int64_t row = range.at(0); row < range.at(1).get<int64_t>(); ++row) {
    encoded.push_back(imdb::encode_review(split.x.at(row), options));
  }
  return pad_sequences(encoded, {.maxlen = spec.at("maxlen").get<int64_t>(),
                                 .padding = side_of(data.at("padding")),
                                 .truncating = side_of(data.at("truncating"))});
}

std::string fashion_path(const fs::path& folder, const std::string& file) {
  std::optional<std::string> found = find_fashion_mnist();
  if (const fs::path beside = data_beside(folder) / "fashion-mnist"; !found && fs::exists(beside)) {
    found = find_fashion_mnist(beside.string());
  }
  if (!found) throw Unsupported("Fashion-MNIST is not on this machine (Debian's package dataset-fashion-mnist)");
  const fs::path packed = fs::path(*found) / file;
  return fs::exists(packed) ? packed.string() : fs::path(packed).replace_extension().string();
}

}  // namespace

ReviewIds read_reviews(const fs::path& folder, const Json& spec) {
  const Json& data = spec.at("data");
  const imdb::Data raw = imdb::read_npz(imdb_path(folder, data.at("file")));
  const imdb::Split& validation = data.at("validation_split") == "test" ? raw.test : raw.train;
  ReviewIds ids{encode_rows(raw.train, data.at("train_rows"), spec),
                encode_rows(validation, data.at("validation_rows"), spec),
                {}};
  const auto first = raw.train.y.begin();
  ids.train_labels = Tensor::of(
      std::vector<int32_t>(first + data["train_rows"][0].get<int64_t>(), first + data["train_rows"][1].get<int64_t>()));
  return ids;
}

Tensor read_rows(const fs::path& folder, const Json& spec, const Arrays& arrays) {
  const Json& data = spec.at("data");
  if (data.contains("array")) return arrays[data["array"]];
  const std::string path = fashion_path(folder, data.at("file"));
  const Tensor rows = load_rows(path).slice_rows(data.at("rows").at(0), data["rows"].at(1));
  if (const std::string expected = data.at("sha256_of_float32_array"); sha256_of(rows) != expected) {
    throw DataError(fmt::format("{}: its rows have SHA-256 {}, expected {}", path, sha256_of(rows), expected));
  }
  return rows;
}

std::string sha256_of(const Tensor& tensor) { return sha256_hex({tensor.raw(), tensor.bytes()}); }

}  // namespace reel::golden
