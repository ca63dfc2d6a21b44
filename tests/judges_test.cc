// Models and scores that others have published, where $REEL_JUDGES names a folder with them.
#include <bit>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "reel/graph/warning.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/model/model.h"

namespace reel {
namespace {

/// Frames of 128 log-mel values -> windows of five frames in a row, [frames - 4, 640].
Tensor windows(const std::string& path) {
  constexpr int64_t kValues = 128, kFrames = 5;
  static_assert(std::endian::native == std::endian::little);
  const std::vector<std::byte> bytes = read_file(path);
  const auto* values = reinterpret_cast<const float*>(bytes.data());
  const int64_t frames = static_cast<int64_t>(bytes.size() / sizeof(float)) / kValues;
  Tensor all(DType::f32, {frames - kFrames + 1, kFrames * kValues});
  for (int64_t i = 0; i < all.size(); ++i)
    all.data<float>()[static_cast<size_t>(i)] = values[i / (kFrames * kValues) * kValues + i % (kFrames * kValues)];
  return all;
}

TEST_CASE("MLPerf Tiny's anomaly detector, a file of Keras 2, gives its published score", "[files][judges]") {
  const char* folder = std::getenv("REEL_JUDGES");
  if (folder == nullptr || !std::filesystem::is_directory(folder)) {
    WARN("skipped: $REEL_JUDGES names no folder of published models");
    return;
  }
  const std::string place = std::string(folder) + "/mlperf_tiny/";
  std::vector<std::string> warned;
  const WarningHandler other = set_warning_handler([&](std::string_view text) { warned.emplace_back(text); });
  Model model = Model::load(place + "ad01.h5");
  set_warning_handler(other);
  CHECK(warned.empty());  // what Adam keeps is taken over, too
  const Tensor x = windows(place + "normal_id_01_00000000.f32");
  REQUIRE(x.shape() == Shape({196, 640}));
  const Tensor y = model.predict(x);
  double sum = 0;
  for (int64_t i = 0; i < x.size(); ++i) sum += (x.at(i) - y.at(i)) * (x.at(i) - y.at(i));
  // Published with seven figures; Keras 3.15 gives 9.491293.
  CHECK(sum / static_cast<double>(x.size()) == Approx(9.491290).epsilon(1e-6));
}

}  // namespace
}  // namespace reel
