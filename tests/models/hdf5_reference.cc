#include "models/hdf5_reference.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstring>

#include "reel/models/formats/half.h"
#include "reel/models/formats/hdf5_handle.h"

namespace reel::testing {
namespace {

Hdf5Handle opened(hid_t id, Hdf5Handle::Close close) {
  REQUIRE(id >= 0);
  return {id, close};
}

std::vector<std::string> texts_of(hid_t attribute, hid_t type, hid_t space, size_t count) {
  std::vector<std::string> texts(count);
  if (count == 0) return texts;
  if (H5Tis_variable_str(type) > 0) {
    std::vector<char*> pointers(count);
    REQUIRE(H5Aread(attribute, type, pointers.data()) >= 0);
    for (size_t i = 0; i < count; ++i) texts[i] = pointers[i] == nullptr ? "" : pointers[i];
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
    return texts;
  }
  const size_t width = H5Tget_size(type);
  std::string all(count * width, '\0');
  REQUIRE(H5Aread(attribute, type, all.data()) >= 0);
  for (size_t i = 0; i < count; ++i) texts[i] = all.substr(i * width, width).c_str();
  return texts;
}

void read_attributes(hid_t id, Hdf5Group& group) {
  H5O_info_t info;
  REQUIRE(H5Oget_info2(id, &info, H5O_INFO_NUM_ATTRS) >= 0);
  for (hsize_t i = 0; i < info.num_attrs; ++i) {
    const Hdf5Handle attribute =
        opened(H5Aopen_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    const Hdf5Handle type = opened(H5Aget_type(attribute), H5Tclose);
    if (H5Tget_class(type) != H5T_STRING) continue;
    std::string name(static_cast<size_t>(H5Aget_name(attribute, 0, nullptr)), '\0');
    H5Aget_name(attribute, name.size() + 1, name.data());
    const Hdf5Handle space = opened(H5Aget_space(attribute), H5Sclose);
    std::vector<std::string> texts =
        texts_of(attribute, type, space, static_cast<size_t>(H5Sget_simple_extent_npoints(space)));
    if (H5Sget_simple_extent_ndims(space) == 0 && texts.size() == 1)
      group.texts[name] = texts[0];
    else
      group.lists[name] = texts;
  }
}

Tensor read_as(hid_t dataset, hid_t type, DType dtype, const Shape& shape) {
  Tensor out(dtype, shape);
  if (shape.size() > 0) REQUIRE(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out.raw()) >= 0);
  return out;
}

Tensor read_dataset(hid_t dataset) {
  const Hdf5Handle space = opened(H5Dget_space(dataset), H5Sclose), type = opened(H5Dget_type(dataset), H5Tclose);
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  const Shape shape(std::vector<int64_t>(extents.begin(), extents.begin() + rank));
  const bool is_whole = H5Tget_class(type) == H5T_INTEGER || H5Tget_class(type) == H5T_ENUM;
  if (H5Tget_class(type) == H5T_ENUM) {
    const Hdf5Handle base = opened(H5Tget_super(type), H5Tclose);
    std::vector<int8_t> truths(static_cast<size_t>(shape.size()));
    REQUIRE(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, truths.data()) >= 0);
    Tensor out(DType::i32, shape);
    for (size_t i = 0; i < truths.size(); ++i) out.data<int32_t>()[i] = truths[i];
    return out;
  }
  if (H5Tget_class(type) == H5T_OPAQUE) {
    std::vector<uint16_t> halves(static_cast<size_t>(shape.size()));
    REQUIRE(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, halves.data()) >= 0);
    Tensor out(DType::f32, shape);
    for (size_t i = 0; i < halves.size(); ++i) out.data<float>()[i] = float_of_bfloat16(halves[i]);
    return out;
  }
  if (is_whole) return read_as(dataset, H5T_NATIVE_INT32, DType::i32, shape);
  return H5Tget_size(type) == sizeof(double) ? read_as(dataset, H5T_NATIVE_DOUBLE, DType::f64, shape)
                                             : read_as(dataset, H5T_NATIVE_FLOAT, DType::f32, shape);
}

void read_group(hid_t id, Hdf5Group& group) {
  read_attributes(id, group);
  H5G_info_t info;
  REQUIRE(H5Gget_info(id, &info) >= 0);
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    std::array<char, 512> name{};
    REQUIRE(H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size(), H5P_DEFAULT) >= 0);
    const Hdf5Handle object = opened(H5Oopen(id, name.data(), H5P_DEFAULT), H5Oclose);
    if (H5Iget_type(object) == H5I_GROUP)
      read_group(object, group.groups[name.data()]);
    else
      group.datasets.insert_or_assign(name.data(), read_dataset(object));
  }
}

}  // namespace

Hdf5Group libhdf5_reads(std::span<const std::byte> file) {
  const Hdf5Lock lock;
  const Hdf5Handle access = opened(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  std::vector<std::byte> bytes(file.begin(), file.end());
  REQUIRE(H5Pset_fapl_core(access, 1 << 16, false) >= 0);
  REQUIRE(H5Pset_file_image(access, bytes.data(), bytes.size()) >= 0);
  const Hdf5Handle opened_file = opened(H5Fopen("memory.h5", H5F_ACC_RDONLY, access), H5Fclose);
  const Hdf5Handle root = opened(H5Gopen2(opened_file, "/", H5P_DEFAULT), H5Gclose);
  Hdf5Group group;
  read_group(root, group);
  return group;
}

void require_same(const Hdf5Group& ours, const Hdf5Group& theirs, const std::string& place) {
  INFO(place);
  REQUIRE(ours.texts == theirs.texts);
  REQUIRE(ours.lists == theirs.lists);
  REQUIRE(ours.datasets.size() == theirs.datasets.size());
  for (const auto& [name, value] : theirs.datasets) {
    INFO(name);
    const Tensor* own = ours.find_dataset(name);
    REQUIRE(own != nullptr);
    REQUIRE(own->type() == value.type());
    REQUIRE(
        (value.size() == 0 || std::memcmp(own->raw(), value.raw(), static_cast<size_t>(value.type().bytes())) == 0));
  }
  REQUIRE(ours.groups.size() == theirs.groups.size());
  for (const auto& [name, group] : theirs.groups) {
    REQUIRE(ours.find(name) != nullptr);
    require_same(*ours.find(name), group, place + "/" + name);
  }
}

}  // namespace reel::testing
