// HDF5 files as groups. Sizes are held against the file's before memory is taken; libhdf5 checks what it reads itself.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "reel/graph/error.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/file_shape.h"
#include "reel/models/formats/half.h"
#include "reel/models/formats/hdf5.h"
#include "reel/models/formats/hdf5_handle.h"
#include "reel/models/formats/memory_budget.h"

namespace reel {
namespace {

constexpr int kMostDepth = 64;
constexpr uint64_t kObjectBytes = 512;  // of memory, that a group, a dataset or an attribute takes beside its elements
constexpr size_t kGrowth = size_t{1} << 16;
constexpr std::array kFilters = {H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32};

class Reader {
 public:
  Reader(std::string_view source, uint64_t size) : source_(source), budget_(source, size) {}

  Hdf5Group read(hid_t file) {
    const Hdf5Handle root = opened(H5Gopen2(file, "/", H5P_DEFAULT), H5Gclose, "/");
    Hdf5Group group;
    read_group(root, "", 0, group);
    return group;
  }

 private:
  [[noreturn]] void fail(const std::string& place, std::string_view what) const {
    throw DataError(fmt::format("{}: {}: {}", source_, excerpt(place.empty() ? "/" : place), what));
  }

  Hdf5Handle opened(hid_t id, Hdf5Handle::Close close, const std::string& place) const {
    if (id < 0) fail(place, "cannot be read, the file is damaged or truncated");
    return {id, close};
  }

  template <class Status>
  Status need(Status status, const std::string& place) const {
    if (status < 0) fail(place, "cannot be read, the file is damaged or truncated");
    return status;
  }

  void read_group(hid_t id, const std::string& place, int depth, Hdf5Group& group) {
    if (depth > kMostDepth) fail(place, fmt::format("is more than {} groups deep", kMostDepth));
    read_attributes(id, place, group);
    H5G_info_t info;
    need(H5Gget_info(id, &info), place);
    for (hsize_t i = 0; i < info.nlinks; ++i) read_link(id, i, place, depth, group);
  }

  void read_link(hid_t id, hsize_t i, const std::string& place, int depth, Hdf5Group& group) {
    const std::string name = link_name(id, i, place), inner = place.empty() ? name : place + "/" + name;
    budget_.take(kObjectBytes + name.size());
    H5L_info_t link;
    need(H5Lget_info(id, name.c_str(), &link, H5P_DEFAULT), inner);
    if (link.type != H5L_TYPE_HARD) fail(inner, "is a link to another place or file, which is not followed");
    const Hdf5Handle object = opened(H5Oopen(id, name.c_str(), H5P_DEFAULT), H5Oclose, inner);
    switch (H5Iget_type(object)) {
      case H5I_GROUP: return read_group(object, inner, depth + 1, group.groups[name]);
      case H5I_DATASET: group.datasets.insert_or_assign(name, read_dataset(object, inner)); return;
      default: fail(inner, "is neither a group nor a dataset");
    }
  }

  std::string link_name(hid_t id, hsize_t i, const std::string& place) {
    const auto by_name = [&](char* text, size_t size) {
      return need(H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, i, text, size, H5P_DEFAULT), place);
    };
    const auto length = static_cast<size_t>(by_name(nullptr, 0));
    budget_.take(length);
    std::string name(length + 1, '\0');
    by_name(name.data(), name.size());
    name.pop_back();
    return name;
  }

  void read_attributes(hid_t id, const std::string& place, Hdf5Group& group) {
    H5O_info_t info;
    need(H5Oget_info2(id, &info, H5O_INFO_NUM_ATTRS), place);
    for (hsize_t i = 0; i < info.num_attrs; ++i) {
      const Hdf5Handle attribute =
          opened(H5Aopen_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT), H5Aclose, place);
      std::string name(static_cast<size_t>(need(H5Aget_name(attribute, 0, nullptr), place)) + 1, '\0');
      budget_.take(kObjectBytes + name.size());
      need(H5Aget_name(attribute, name.size(), name.data()), place);
      name.pop_back();
      read_attribute(attribute, name, place + "@" + name, group);
    }
  }

  void read_attribute(hid_t attribute, const std::string& name, const std::string& place, Hdf5Group& group) {
    const Hdf5Handle type = opened(H5Aget_type(attribute), H5Tclose, place);
    if (H5Tget_class(type) != H5T_STRING) return;
    const Hdf5Handle space = opened(H5Aget_space(attribute), H5Sclose, place);
    const int axes = need(H5Sget_simple_extent_ndims(space), place);
    const auto count = static_cast<uint64_t>(need(H5Sget_simple_extent_npoints(space), place));
    std::vector<std::string> texts = read_texts(attribute, type, space, count, place);
    if (axes == 0 && texts.size() == 1)
      group.texts.insert_or_assign(name, std::move(texts[0]));
    else
      group.lists.insert_or_assign(name, std::move(texts));
  }

  std::vector<std::string> read_texts(hid_t attribute, hid_t type, hid_t space, uint64_t count,
                                      const std::string& place) {
    const bool is_variable = need(H5Tis_variable_str(type), place) > 0;
    const uint64_t width = is_variable ? sizeof(char*) : H5Tget_size(type);
    const Shape shape = file_shape(std::array{static_cast<int64_t>(count), static_cast<int64_t>(width)}, source_);
    budget_.take(static_cast<uint64_t>(shape.size()) + count * sizeof(std::string));
    std::vector<std::string> texts(count);
    if (count == 0) return texts;
    if (is_variable) {
      std::vector<char*> pointers(count);
      need(H5Aread(attribute, type, pointers.data()), place);
      for (size_t i = 0; i < count; ++i) {
        const std::string_view text = pointers[i] == nullptr ? std::string_view() : pointers[i];
        budget_.take(text.size());
        texts[i] = text;
      }
      H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
    } else {
      std::string all(static_cast<size_t>(shape.size()), '\0');
      need(H5Aread(attribute, type, all.data()), place);
      for (size_t i = 0; i < count; ++i) {
        const std::string_view text = std::string_view(all).substr(i * width, width);
        texts[i] = text.substr(0, text.find('\0'));
      }
    }
    return texts;
  }

  Shape shape_of(hid_t dataset, const std::string& place) {
    const Hdf5Handle space = opened(H5Dget_space(dataset), H5Sclose, place);
    std::array<hsize_t, H5S_MAX_RANK> extents{};
    const int rank = need(H5Sget_simple_extent_dims(space, extents.data(), nullptr), place);
    std::vector<int64_t> dims;
    for (int axis = 0; axis < rank; ++axis) {
      if (!std::in_range<int64_t>(extents[static_cast<size_t>(axis)])) fail(place, "has an axis that is too long");
      dims.push_back(static_cast<int64_t>(extents[static_cast<size_t>(axis)]));
    }
    return file_shape(dims, fmt::format("{}: {}", source_, excerpt(place)));
  }

  /// Throws for data that lie elsewhere, and for filters that are not known to be harmless.
  void check_storage(hid_t dataset, const std::string& place) {
    const Hdf5Handle properties = opened(H5Dget_create_plist(dataset), H5Pclose, place);
    const H5D_layout_t layout = H5Pget_layout(properties);
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
      fail(place, "is a virtual dataset, made of others, which is not read");
    if (need(H5Pget_external_count(properties), place) > 0) fail(place, "has its data in other files");
    const int filters = need(H5Pget_nfilters(properties), place);
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0, config = 0;
      size_t values = 0;
      const H5Z_filter_t filter =
          H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
      if (std::ranges::find(kFilters, filter) == kFilters.end())
        fail(place, fmt::format("is packed by filter {}, expected gzip, shuffle or checksums", filter));
    }
    if (layout == H5D_CHUNKED) check_chunk(properties, dataset, place);
  }

  /// A chunk is unpacked as a whole.
  void check_chunk(hid_t properties, hid_t dataset, const std::string& place) {
    std::array<hsize_t, H5S_MAX_RANK> extents{};
    const int rank = need(H5Pget_chunk(properties, H5S_MAX_RANK, extents.data()), place);
    const Hdf5Handle type = opened(H5Dget_type(dataset), H5Tclose, place);
    uint64_t bytes = H5Tget_size(type);
    for (int axis = 0; axis < rank; ++axis) {
      if (__builtin_mul_overflow(bytes, extents[static_cast<size_t>(axis)], &bytes))
        fail(place, "has chunks too large");
    }
    budget_.take(2 * std::min(bytes, UINT64_MAX / 2));
    budget_.give(2 * std::min(bytes, UINT64_MAX / 2));
  }

  Tensor read_dataset(hid_t dataset, const std::string& place) {
    check_storage(dataset, place);
    const Shape shape = shape_of(dataset, place);
    const Hdf5Handle type = opened(H5Dget_type(dataset), H5Tclose, place);
    const size_t size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
      case H5T_FLOAT:
        if (size > sizeof(double)) fail(place, "has floats of more than 64 bits");
        return size == sizeof(double) ? elements(dataset, DType::f64, H5T_NATIVE_DOUBLE, shape, place)
                                      : elements(dataset, DType::f32, H5T_NATIVE_FLOAT, shape, place);
      case H5T_INTEGER:
      case H5T_ENUM: return integers(dataset, type, shape, place);
      case H5T_OPAQUE:
        if (size == 2 && is_bfloat16(dataset, place)) return bfloat16s(dataset, type, shape, place);
        [[fallthrough]];
      default: fail(place, "has elements that are no numbers");
    }
  }

  Tensor elements(hid_t dataset, DType dtype, hid_t type, const Shape& shape, const std::string& place) {
    budget_.take(static_cast<uint64_t>(Type{dtype, shape}.bytes()));
    Tensor out(dtype, shape);
    if (shape.size() > 0) need(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out.raw()), place);
    return out;
  }

  /// Read as 64 bits, so that what i32 does not hold is told.
  Tensor integers(hid_t dataset, hid_t type, const Shape& shape, const std::string& place) {
    const bool is_unsigned = H5Tget_class(type) == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_NONE;
    const uint64_t bytes = static_cast<uint64_t>(shape.size()) * sizeof(int64_t);
    budget_.take(bytes + bytes / 2);
    std::vector<int64_t> wide(static_cast<size_t>(shape.size()));
    if (!wide.empty()) {
      need(H5Dread(dataset, is_unsigned ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                   wide.data()),
           place);
    }
    Tensor out(DType::i32, shape);
    for (size_t i = 0; i < wide.size(); ++i) {
      const bool fits =
          is_unsigned ? std::in_range<int32_t>(static_cast<uint64_t>(wide[i])) : std::in_range<int32_t>(wide[i]);
      if (!fits) fail(place, fmt::format("element {} is outside the 32-bit integers", i));
      out.data<int32_t>()[i] = static_cast<int32_t>(wide[i]);
    }
    budget_.give(bytes);
    return out;
  }

  /// HDF5 has no such type: Keras stores two bytes of no meaning, and says what they are.
  bool is_bfloat16(hid_t dataset, const std::string& place) {
    Hdf5Group group;
    read_attributes(dataset, place, group);
    const std::string* name = group.text("dtype");
    return name != nullptr && *name == "bfloat16";
  }

  Tensor bfloat16s(hid_t dataset, hid_t type, const Shape& shape, const std::string& place) {
    const auto count = static_cast<size_t>(shape.size());
    budget_.take(count * (sizeof(uint16_t) + sizeof(float)));
    std::vector<uint16_t> halves(count);
    if (count > 0) need(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, halves.data()), place);
    Tensor out(DType::f32, shape);
    for (size_t i = 0; i < count; ++i) out.data<float>()[i] = float_of_bfloat16(halves[i]);
    budget_.give(count * sizeof(uint16_t));
    return out;
  }

  std::string source_;
  MemoryBudget budget_;
};

}  // namespace

Hdf5Group read_hdf5(std::span<const std::byte> file, std::string_view source) {
  const Hdf5Lock lock;
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // The library copies the bytes, and changes neither.
  void* bytes = const_cast<std::byte*>(file.data());
  const bool is_taken = H5Pset_fapl_core(access, kGrowth, false) >= 0 && !file.empty() &&
                        H5Pset_file_image(access, bytes, file.size()) >= 0;
  const Hdf5Handle opened(is_taken ? H5Fopen("memory.h5", H5F_ACC_RDONLY, access) : H5I_INVALID_HID, H5Fclose);
  if (!opened) {
    throw DataError(fmt::format("{}: expected an HDF5 file{}", source, got_kind(file, "an HDF5 file")));
  }
  return Reader(source, file.size()).read(opened);
}

}  // namespace reel
