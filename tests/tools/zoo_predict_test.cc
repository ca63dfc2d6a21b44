// reel-zoo predict, and the files that it refuses.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <limits>

#include "models/temporary_folder.h"
#include "reel/models/formats/weights_file.h"
#include "tools/zoo_program.h"

namespace reel {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using testing::ZooFolder;

TEST_CASE("weights that are not finite are refused", "[zoo]") {
  const ZooFolder folder;
  REQUIRE(folder.run("train simple_rnn --rows 20 --epochs 1 --save w.npz").code == 0);
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    WeightsFile file = read_weights_file(folder / "w.npz");
    auto& [name, tensor] = file.tensors.at(2);
    tensor.data<float>()[5] = static_cast<float>(bad);
    write_weights_file(folder / "bad.npz", file.tensors, file.note);
    CHECK(folder.complaint("predict bad.npz --text a") ==
          fmt::format("bad.npz: weight \"{}\" {} holds {} at element 5, expected finite numbers", name,
                      tensor.shape().str(), bad));
  }
}

}  // namespace
}  // namespace reel
