#include "reel/models/data/rows.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/data/csv.h"
#include "reel/models/data/idx.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/gzip.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/read_file.h"

namespace reel {
namespace {

constexpr std::string_view kNpyMagic = "\x93NUMPY";

/// Whether the name ends in .csv or .tsv, or these in gzip, in small letters or capitals.
bool is_table_name(const std::string& path) {
  std::string name;
  for (const char c : path) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name.ends_with(".csv") || name.ends_with(".tsv");
}

/// [n, ...] as [n, features], bytes of pictures divided by 255 where they are.
Tensor flattened(Tensor array, bool unsigned_bytes, const std::string& path) {
  if (array.shape().rank() == 0) throw DataError(fmt::format("{}: expected rows, got a single number", path));
  const float divisor = unsigned_bytes && array.shape().rank() >= 3 ? 255.0f : 1.0f;
  bool finite = true;
  for (float& value : array.data<float>()) {
    finite &= std::isfinite(value);
    value /= divisor;
  }
  if (!finite) throw DataError(fmt::format("{}: holds a number that is not finite", path));
  return array.reshaped(Shape{array.shape().lead(), array.shape().row_size()});
}

}  // namespace

Tensor load_rows(const std::string& path, const std::function<void(const std::string&)>& say) {
  std::vector<std::byte> file = read_file(path);
  if (is_gzip(file)) file = gunzip(file, path);
  const bool is_array = text_of(file).starts_with(kNpyMagic);
  if (is_array || is_idx(file)) {
    const bool holds_bytes = is_array ? read_npy_header(file, path).descr == "|u1" : idx_holds_bytes(file);
    return flattened(is_array ? read_npy_f32(file, path) : read_idx_f32(file, path), holds_bytes, path);
  }
  if (is_table_name(path)) return read_csv(text_of(file), path, {.say = say});
  const std::string got = got_kind(file);
  throw DataError(
      fmt::format("{}: expected an .npy, .csv, .tsv or IDX file{}", path, got.empty() ? ", got another kind" : got));
}

}  // namespace reel
