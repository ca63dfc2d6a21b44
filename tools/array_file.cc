#include "tools/array_file.h"

#include "reel/models/formats/npy.h"
#include "reel/models/formats/npz.h"
#include "reel/models/formats/read_file.h"

namespace reel::cli {

ModelData read_arrays(const std::string& path) {
  if (!path.ends_with(".npz")) return read_npy(read_file(path), path);
  std::vector<std::pair<std::string, Samples>> named;
  for (auto& [name, array] : load_npz(path)) named.emplace_back(name, std::move(array));
  return named;
}

}  // namespace reel::cli
