// Groups as HDF5 files, laid out in memory.
#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/formats/hdf5.h"
#include "reel/models/formats/hdf5_handle.h"

namespace reel {
namespace {

constexpr size_t kGrowth = size_t{1} << 20;  // bytes that the file in memory grows by
/// An attribute's header holds 64 KB, in which each text of a list takes 16 bytes; longer lists go on in "name0",
/// "name1", ... as Keras writes and reads them.
constexpr size_t kMostTexts = 4000;

hid_t made(hid_t id, std::string_view what) {
  if (id < 0) throw Error(fmt::format("HDF5: libhdf5 cannot make {}", what));
  return id;
}

void done(herr_t status, std::string_view what) { made(status, what); }

hid_t type_of(DType dtype) {
  if (dtype == DType::i32) return H5T_STD_I32LE;
  return dtype == DType::f64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE;
}

Hdf5Handle dataspace(const std::vector<hsize_t>& extents) {
  const hid_t id = extents.empty() ? H5Screate(H5S_SCALAR)
                                   : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
  return {made(id, "a dataspace"), H5Sclose};
}

void write_text(hid_t group, const std::string& name, std::span<const std::string> texts, bool is_list) {
  const Hdf5Handle type(made(H5Tcopy(H5T_C_S1), "a type"), H5Tclose);
  done(H5Tset_size(type, H5T_VARIABLE), "a type");
  done(H5Tset_cset(type, H5T_CSET_UTF8), "a type");
  const Hdf5Handle space = dataspace(is_list ? std::vector<hsize_t>{texts.size()} : std::vector<hsize_t>{});
  const Hdf5Handle attribute(made(H5Acreate2(group, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), name),
                             H5Aclose);
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  if (!pointers.empty()) done(H5Awrite(attribute, type, pointers.data()), name);
}

void write_list(hid_t group, const std::string& name, std::span<const std::string> texts) {
  if (texts.size() <= kMostTexts) return write_text(group, name, texts, true);
  for (size_t part = 0; !texts.empty(); ++part) {
    const size_t count = std::min(kMostTexts, texts.size());
    write_text(group, name + std::to_string(part), texts.first(count), true);
    texts = texts.subspan(count);
  }
}

/// Without the time at which it was made.
Hdf5Handle untimed(hid_t kind) {
  Hdf5Handle properties(made(H5Pcreate(kind), "properties"), H5Pclose);
  done(H5Pset_obj_track_times(properties, false), "properties");
  return properties;
}

void write_dataset(hid_t group, const std::string& name, const Tensor& value) {
  const Hdf5Handle properties = untimed(H5P_DATASET_CREATE);
  const std::vector<hsize_t> extents(value.shape().dims().begin(), value.shape().dims().end());
  const Hdf5Handle space = dataspace(extents);
  const hid_t type = type_of(value.dtype());
  const Hdf5Handle dataset(
      made(H5Dcreate2(group, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT), name), H5Dclose);
  if (value.size() > 0) done(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value.raw()), name);
}

void write_group(hid_t id, const Hdf5Group& group) {
  for (const auto& [name, text] : group.texts) write_text(id, name, std::span(&text, 1), false);
  for (const auto& [name, texts] : group.lists) write_list(id, name, texts);
  for (const auto& [name, value] : group.datasets) write_dataset(id, name, value);
  const Hdf5Handle properties = untimed(H5P_GROUP_CREATE);
  for (const auto& [name, inner] : group.groups) {
    const Hdf5Handle made_group(made(H5Gcreate2(id, name.c_str(), H5P_DEFAULT, properties, H5P_DEFAULT), name),
                                H5Gclose);
    write_group(made_group, inner);
  }
}

}  // namespace

std::vector<std::byte> write_hdf5(const Hdf5Group& group) {
  const Hdf5Lock lock;
  const Hdf5Handle access(made(H5Pcreate(H5P_FILE_ACCESS), "properties"), H5Pclose);
  done(H5Pset_fapl_core(access, kGrowth, false), "a file in memory");
  const Hdf5Handle creation = untimed(H5P_FILE_CREATE);
  const Hdf5Handle file(made(H5Fcreate("memory.h5", H5F_ACC_TRUNC, creation, access), "a file in memory"), H5Fclose);
  {
    const Hdf5Handle root(made(H5Gopen2(file, "/", H5P_DEFAULT), "the root"), H5Gclose);
    write_group(root, group);
  }
  done(H5Fflush(file, H5F_SCOPE_GLOBAL), "a file in memory");
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  if (size < 0) done(-1, "a file in memory");
  std::vector<std::byte> bytes(static_cast<size_t>(size));
  if (H5Fget_file_image(file, bytes.data(), bytes.size()) != size) done(-1, "a file in memory");
  return bytes;
}

}  // namespace reel
