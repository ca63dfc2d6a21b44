// The files of a folder of cases: JSON that describes, NPZ that holds the numbers.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "reel/models/formats/npz.h"

namespace reel::golden {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// Throws DataError for a file that is missing or no JSON.
Json read_json(const std::filesystem::path& path);

/// The same with the keys of objects in the file's order, as in configs.
OrderedJson read_ordered_json(const std::filesystem::path& path);

/// Names of the cases or files of `folder` that a .json or .npz, or both, are there for.
std::set<std::string> stems(const std::filesystem::path& folder);

/// Those stems of `folder` that hold a part: PART itself and PART_ANYTHING.
std::set<std::string> stems_of_part(const std::filesystem::path& folder, const std::string& part);

/// The arrays of one .npz by name.
class Arrays {
 public:
  /// Throws DataError for a file that is missing or damaged.
  explicit Arrays(const std::filesystem::path& path) : path_(path.string()), tensors_(load_npz(path_)) {}

  bool contains(const std::string& name) const { return find(name) != nullptr; }
  /// Throws DataError for a name that is not there.
  const Tensor& operator[](const std::string& name) const;

 private:
  const Tensor* find(const std::string& name) const;

  std::string path_;
  NamedTensors tensors_;
};

/// Type of a batch of which `data` is one: axis 0 becomes the symbolic rows.
Type batch_type(const Tensor& data);

/// Element `index` along axis 0, without that axis.
Tensor element(const Tensor& stacked, int64_t index);

}  // namespace reel::golden
