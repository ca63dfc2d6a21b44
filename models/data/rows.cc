#include "reel/models/data/rows.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/data/csv.h"
#include "reel/models/data/idx.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/gzip.h"
#include "reel/models/formats/npy.h"

namespace reel {
namespace {

constexpr std::string_view kNpyMagic = "\x93NUMPY";

/// Each element as f32 over `divisor`.
template <class T>
Tensor scaled(const Tensor& array, const Shape& shape, float divisor, const std::string& path) {
  Tensor out(DType::f32, shape);
  float* to = out.data<float>().data();
  bool finite = true;
  for (const T element : array.data<T>()) {
    const auto value = static_cast<float>(element);
    finite &= std::isfinite(value);
    *to++ = value / divisor;
  }
  if (!finite) throw DataError(fmt::format("{}: holds a number that is not finite", path));
  return out;
}

/// Whether the name ends in .csv or .tsv, or these in gzip, in small letters or capitals.
bool is_table_name(const std::string& path) {
  std::string name;
  for (const char c : path) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name.ends_with(".csv") || name.ends_with(".tsv");
}

/// [n, ...] as f32 [n, features].
Tensor flattened(const Tensor& array, bool unsigned_bytes, const std::string& path) {
  if (array.shape().rank() == 0) throw DataError(fmt::format("{}: expected rows, got a single number", path));
  const Shape shape{array.shape().lead(), array.shape().row_size()};
  const float divisor = unsigned_bytes && array.shape().rank() >= 3 ? 255.0f : 1.0f;
  switch (array.dtype()) {
    case DType::f64: return scaled<double>(array, shape, divisor, path);
    case DType::i32: return scaled<int32_t>(array, shape, divisor, path);
    default: return scaled<float>(array, shape, divisor, path);
  }
}

}  // namespace

Tensor load_rows(const std::string& path, const std::function<void(const std::string&)>& say) {
  std::vector<std::byte> file = read_file(path);
  if (is_gzip(file)) file = gunzip(file, path);
  const bool is_array = text_of(file).starts_with(kNpyMagic);
  if (is_array || is_idx(file)) {
    const bool holds_bytes = is_array ? read_npy_header(file, path).descr == "|u1" : idx_holds_bytes(file);
    const Tensor array = is_array ? read_npy(file, path) : read_idx(file, path);
    file.clear();
    file.shrink_to_fit();  // it may be large
    return flattened(array, holds_bytes, path);
  }
  if (is_table_name(path)) return read_csv(text_of(file), path, {.say = say});
  const std::string got = got_kind(file);
  throw DataError(
      fmt::format("{}: expected an .npy, .csv, .tsv or IDX file{}", path, got.empty() ? ", got another kind" : got));
}

}  // namespace reel
