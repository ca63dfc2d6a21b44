// What no other part replays: files and folders of kinds that are not known here.
#include <fmt/format.h>

#include <algorithm>

#include "golden/case_files.h"
#include "golden/cases.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKnownFiles[] = {"layers", "losses", "metrics", "optimizers", "initializers", "preprocessing"};
constexpr const char* kKnownFolders[] = {"layers", "functional", "fit", "training", "files"};

bool is_known_file(const fs::path& folder, const std::string& stem) {
  return stem == "manifest" || std::any_of(std::begin(kKnownFiles), std::end(kKnownFiles), [&](const char* part) {
           return stems_of_part(folder, part).contains(stem);
         });
}

bool is_known_folder(const std::string& name) {
  return std::find(std::begin(kKnownFolders), std::end(kKnownFolders), name) != std::end(kKnownFolders);
}

/// A line for each element that has a name, or one for all.
void count_file(const std::string& stem, const Json& file, Report& report) {
  const std::string reason = fmt::format("no part {} is known", stem);
  bool has_names = false;
  for (const auto& [kind, list] : file.items()) {
    for (const Json& element : list.is_array() ? list : Json::array()) {
      if (!element.is_object() || !element.contains("name")) continue;
      has_names = true;
      report.unsupported(fmt::format("{}/{}/{}", stem, kind, element["name"].get<std::string>()), reason);
    }
  }
  if (!has_names) report.unsupported(stem, reason);
}

}  // namespace

void replay_other_parts(const fs::path& folder, Report& report) {
  for (const std::string& stem : stems(folder)) {
    if (is_known_file(folder, stem)) continue;
    report.run_part(stem, [&] { count_file(stem, read_json(folder / (stem + ".json")), report); });
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!entry.is_directory() || is_known_folder(name)) continue;
    for (const std::string& stem : stems(entry.path())) {
      if (stem != "index") report.unsupported(name + "/" + stem, fmt::format("no part {}/ is known", name));
    }
  }
}

}  // namespace reel::golden
