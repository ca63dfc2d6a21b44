#include "reel/models/formats/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/file_shape.h"
#include "reel/models/formats/half.h"
#include "reel/models/formats/json_cost.h"

namespace reel {
namespace {

using Json = nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "elements are copied as they lie in the file");

constexpr const char* kMetadata = "__metadata__";
constexpr size_t kAlignment = 8;  // of the data, by spaces after the header

struct Half {
  uint16_t bits;
  operator float() const { return float_of_half(bits); }
};
struct Bfloat16 {
  uint16_t bits;
  operator float() const { return float_of_bfloat16(bits); }
};

template <class From, class To>
void convert(std::span<const std::byte> data, Tensor& out, std::string_view source) {
  To* to = out.data<To>().data();
  for (int64_t i = 0; i < out.size(); ++i) {
    From value;
    std::memcpy(&value, data.data() + static_cast<size_t>(i) * sizeof(From), sizeof(From));
    if constexpr (std::is_integral_v<From>) {
      if (!std::in_range<int32_t>(value))
        throw DataError(fmt::format("{}: element {} is {}, outside the 32-bit integers", source, i, value));
    }
    to[i] = static_cast<To>(value);
  }
}

struct ElementType {
  std::string_view name;
  size_t size;
  DType dtype;
  void (*read)(std::span<const std::byte>, Tensor&, std::string_view);
};

template <class From, class To>
constexpr ElementType element(std::string_view name) {
  return {name, sizeof(From), dtype_of<To>, &convert<From, To>};
}

constexpr std::array kElementTypes{
    element<float, float>("F32"),      element<double, double>("F64"),    element<Half, float>("F16"),
    element<Bfloat16, float>("BF16"),  element<int32_t, int32_t>("I32"),  element<int64_t, int32_t>("I64"),
    element<int16_t, int32_t>("I16"),  element<int8_t, int32_t>("I8"),    element<uint8_t, int32_t>("U8"),
    element<uint16_t, int32_t>("U16"), element<uint32_t, int32_t>("U32"), element<uint64_t, int32_t>("U64"),
    element<uint8_t, int32_t>("BOOL"),
};

std::string_view name_of(DType dtype) { return dtype == DType::f64 ? "F64" : dtype == DType::i32 ? "I32" : "F32"; }

/// A name, and where its data are.
struct Entry {
  std::string name;
  const ElementType* type;
  std::vector<int64_t> extents;
  uint64_t begin, end;
};

Entry entry_of(const std::string& name, const Json& json, std::string_view source) {
  const auto fail = [&](std::string_view what) {
    return DataError(fmt::format("{}: \"{}\": {}", source, excerpt(name), what));
  };
  const auto has = [&](const char* key) { return json.is_object() && json.contains(key); };
  if (!has("dtype") || !has("shape") || !has("data_offsets")) throw fail("expected dtype, shape and data_offsets");
  const Json &dtype = json["dtype"], &shape = json["shape"], &offsets = json["data_offsets"];
  const auto are_sizes = [](const Json& list) {
    return list.is_array() && std::ranges::all_of(list, [](const Json& one) { return one.is_number_unsigned(); });
  };
  if (!dtype.is_string() || !are_sizes(shape) || !are_sizes(offsets) || offsets.size() != 2)
    throw fail("expected the name of a type, extents and two offsets");
  const auto found = std::ranges::find(kElementTypes, dtype.get<std::string>(), &ElementType::name);
  if (found == kElementTypes.end())
    throw fail(fmt::format("type {} is not one Reel reads", excerpt(dtype.get<std::string>())));
  Entry entry{name, &*found, {}, offsets[0].get<uint64_t>(), offsets[1].get<uint64_t>()};
  for (const Json& extent : shape) {
    if (!std::in_range<int64_t>(extent.get<uint64_t>())) throw fail("has an axis that is too long");
    entry.extents.push_back(extent.get<int64_t>());
  }
  return entry;
}

/// Throws unless each array has the bytes that it needs, and all follow one another from the first byte to the last.
void check_layout(std::vector<Entry>& entries, uint64_t data_bytes, std::string_view source) {
  std::ranges::stable_sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  uint64_t next = 0;
  for (const Entry& entry : entries) {
    const std::string place = fmt::format("{}: \"{}\"", source, excerpt(entry.name));
    const auto bytes = static_cast<uint64_t>(file_shape(entry.extents, place).size()) * entry.type->size;
    if (entry.begin != next || entry.end < entry.begin || entry.end - entry.begin != bytes || entry.end > data_bytes) {
      throw DataError(fmt::format("{}: expected bytes {} to {} of the data, got {} to {} of {}", place, next,
                                  next + bytes, entry.begin, entry.end, data_bytes));
    }
    next = entry.end;
  }
  if (next != data_bytes) throw DataError(fmt::format("{}: {} bytes after the last array", source, data_bytes - next));
}

/// Of the JSON behind it; none where there is no room for so much.
std::optional<uint64_t> header_size(std::span<const std::byte> file) {
  uint64_t size = 0;
  if (file.size() < sizeof(size)) return {};
  std::memcpy(&size, file.data(), sizeof(size));
  return size <= file.size() - sizeof(size) ? std::optional(size) : std::nullopt;
}

Json header_of(std::string_view text, std::string_view source) {
  MemoryBudget budget(source, text.size());
  check_json_cost(text, source, budget);
  Json header = Json::parse(text, nullptr, false);
  if (!header.is_object()) throw DataError(fmt::format("{}: expected a header of JSON, an object", source));
  return header;
}

std::string text_of_header(const Json& header) {
  try {
    return header.dump();
  } catch (const nlohmann::json::type_error&) {
    throw ValueError("safetensors: expected names and metadata in UTF-8, got other bytes");
  }
}

}  // namespace

bool is_safetensors(std::span<const std::byte> bytes) {
  const auto size = header_size(bytes);
  return size && *size > 0 && bytes[sizeof(uint64_t)] == std::byte{'{'};
}

Safetensors read_safetensors(std::span<const std::byte> file, std::string_view source) {
  const auto size = header_size(file);
  if (!size) throw DataError(fmt::format("{}: expected a safetensors file{}", source, got_kind(file)));
  const Json header = header_of(text_of(file.subspan(sizeof(uint64_t), *size)), source);
  const std::span<const std::byte> data = file.subspan(sizeof(uint64_t) + *size);
  Safetensors content;
  std::vector<Entry> entries;
  for (const auto& [name, json] : header.items()) {
    if (name != kMetadata) {
      entries.push_back(entry_of(name, json, source));
      continue;
    }
    for (const auto& [key, value] : json.items()) {
      if (value.is_string()) content.metadata.emplace_back(key, value.get<std::string>());
    }
  }
  check_layout(entries, data.size(), source);
  for (const Entry& entry : entries) {
    Tensor tensor(entry.type->dtype, file_shape(entry.extents, source));
    entry.type->read(data.subspan(entry.begin), tensor, fmt::format("{}: \"{}\"", source, excerpt(entry.name)));
    content.tensors.emplace_back(entry.name, std::move(tensor));
  }
  return content;
}

std::vector<std::byte> write_safetensors(const Safetensors& content) {
  Json header = Json::object();
  for (const auto& [key, text] : content.metadata) header[kMetadata][key] = text;
  uint64_t end = 0;
  for (const auto& [name, tensor] : content.tensors) {
    if (header.contains(name)) throw ValueError(fmt::format("safetensors: two arrays named \"{}\"", excerpt(name)));
    const uint64_t begin = end;
    end += static_cast<uint64_t>(tensor.bytes());
    const auto dims = tensor.shape().dims();
    header[name] = {{"dtype", name_of(tensor.dtype())},
                    {"shape", std::vector<int64_t>(dims.begin(), dims.end())},
                    {"data_offsets", {begin, end}}};
  }
  std::string text = text_of_header(header);
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  const uint64_t header_bytes = text.size();
  std::vector<std::byte> file(sizeof(header_bytes) + text.size());
  std::memcpy(file.data(), &header_bytes, sizeof(header_bytes));
  std::ranges::copy(bytes_of(text), file.begin() + sizeof(header_bytes));
  file.reserve(file.size() + end);
  for (const auto& [name, tensor] : content.tensors)
    file.insert(file.end(), tensor.raw(), tensor.raw() + tensor.bytes());
  return file;
}

}  // namespace reel
