// The folders form a ladder: graph < ops < autodiff < models < tools, and rooms within graph/ and models/ do. No file
// includes one from a higher rung.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace reel {
namespace {

namespace fs = std::filesystem;

/// From the bottom to the top; what stands in a folder and in none of these below it is of that folder's rung.
constexpr std::array kLadder{
    "graph",
    "graph/rewrite",
    "graph/plan",
    "graph/run",
    "ops",
    "autodiff",
    "models/formats",
    "models/describe",
    "models/initializers",
    "models/activations",
    "models/regularizers",
    "models/constraints",
    "models/losses",
    "models/metrics",
    "models/schedules",
    "models/optimizers",
    "models/layer",
    "models/layers",
    "models/training",
    "models/model",
    "models/callbacks",
    "models/testing",
    "models/data",
    "models/files",
    "models/zoo",
    "models",
    "tools",
};

constexpr int kNoRung = -1;

bool is_in_folder(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

/// The rung of a path that starts at the project's folder: that of its innermost folder. The umbrella header lies in
/// models/.
int rung_of(std::string_view path) {
  if (path == "reel.h") return rung_of("models/reel.h");
  int rung = kNoRung;
  size_t length = 0;
  for (size_t i = 0; i < kLadder.size(); ++i) {
    const std::string_view folder = kLadder[i];
    if (!is_in_folder(path, folder) || folder.size() < length) continue;
    rung = static_cast<int>(i);
    length = folder.size();
  }
  return rung;
}

/// The path that a line includes, without its leading "reel/"; empty where it includes nothing.
std::string_view included_by(std::string_view line) {
  const size_t begin = line.find_first_not_of(" \t");
  if (begin == line.npos || line[begin] != '#') return {};
  if (line.find("include") == line.npos && line.find("HWY_TARGET_INCLUDE") == line.npos) return {};
  const size_t open = line.find_first_of("\"<"), close = line.find_last_of("\">");
  if (open == line.npos || close <= open) return {};
  std::string_view path = line.substr(open + 1, close - open - 1);
  if (path.starts_with("reel/")) path.remove_prefix(5);
  return path;
}

bool climbs(std::string_view file, std::string_view line) {
  const int from = rung_of(file), to = rung_of(included_by(line));
  return from != kNoRung && to > from;
}

bool is_source(const fs::path& path) { return path.extension() == ".h" || path.extension() == ".cc"; }

TEST_CASE("no include climbs the ladder of folders", "[ladder]") {
  const fs::path root = REEL_SOURCE_DIR;
  int files = 0, includes = 0;
  for (const char* folder : {"graph", "ops", "autodiff", "models", "tools"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!is_source(entry.path())) continue;
      ++files;
      const std::string file = entry.path().lexically_relative(root).generic_string();
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);) {
        includes += rung_of(included_by(line)) != kNoRung;
        if (climbs(file, line)) FAIL_CHECK(file << " climbs the ladder: " << line);
      }
    }
  }
  CHECK(files > 20);
  CHECK(includes > files);
}

TEST_CASE("every folder of the library has a rung, and READMEs list them in this order", "[ladder]") {
  const fs::path root = REEL_SOURCE_DIR;
  for (const std::string parent : {"graph", "models"}) {
    std::ifstream stream(root / parent / "README.md");
    const std::string readme{std::istreambuf_iterator<char>(stream), {}};
    size_t listed = 0;
    for (const std::string_view folder : kLadder) {
      if (!is_in_folder(folder, parent)) continue;
      const size_t at = readme.find("| `" + std::string(folder.substr(parent.size() + 1)) + "/`", listed);
      INFO(folder << " in " << parent << "/README.md");
      CHECK(at != readme.npos);
      if (at != readme.npos) listed = at;
    }
    for (const auto& entry : fs::directory_iterator(root / parent)) {
      const std::string folder = entry.path().lexically_relative(root).generic_string();
      INFO(folder);
      if (entry.is_directory()) CHECK(std::ranges::find(kLadder, folder) != kLadder.end());
    }
  }
}

TEST_CASE("the ladder knows a climb when it sees one", "[ladder]") {
  CHECK(climbs("graph/tensor.h", "#include \"reel/ops/ops.h\""));
  CHECK(climbs("graph/graph.h", "#include \"reel/graph/run/program.h\""));
  CHECK(climbs("graph/run/program.cc", "# include <reel/autodiff/tape.h>"));
  CHECK(climbs("ops/math.cc", "#define HWY_TARGET_INCLUDE \"reel/models/layers/dense.cc\""));
  CHECK(climbs("autodiff/tape.cc", "  #include \"models/model.h\""));
  CHECK(climbs("autodiff/tape.cc", "#include <reel/reel.h>"));
  CHECK(climbs("models/layers/dense.cc", "#include \"tools/args.h\""));

  CHECK(climbs("models/formats/npz.cc", "#include \"reel/models/model/sequential.h\""));
  CHECK(climbs("models/zoo/rnn.cc", "#include <reel/reel.h>"));

  CHECK_FALSE(climbs("tools/zoo.cc", "#include \"reel/reel.h\""));
  CHECK_FALSE(climbs("models/zoo/rnn.cc", "#include \"reel/graph/run/program.h\""));
  CHECK_FALSE(climbs("graph/run/program.h", "#include \"reel/graph/plan/memory.h\""));
  CHECK_FALSE(climbs("graph/graph.h", "#include <vector>"));
  CHECK_FALSE(climbs("graph/graph.h", "// see \"reel/ops/ops.h\""));
}

}  // namespace
}  // namespace reel
