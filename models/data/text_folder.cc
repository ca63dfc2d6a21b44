#include "reel/models/data/text_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/data/arrays.h"
#include "reel/models/data/numpy_shuffle.h"
#include "reel/models/formats/read_file.h"

namespace reel {
namespace {

namespace fs = std::filesystem;
constexpr const char* kName = "text_dataset_from_directory";

struct LabelledFile {
  std::string path;
  int32_t label;
};

[[noreturn]] void refuse(const std::string& directory, const fs::filesystem_error& error) {
  throw DataError(fmt::format("{}: {}: {}", kName, printable(directory), error.code().message()));
}

std::vector<std::string> folders_of(const std::string& directory) {
  std::vector<std::string> folders;
  try {
    for (const auto& entry : fs::directory_iterator(directory)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_directory() && !name.starts_with(".")) folders.push_back(name);
    }
  } catch (const fs::filesystem_error& error) {
    refuse(directory, error);
  }
  std::ranges::sort(folders);
  return folders;
}

bool is_text_file(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return extension == ".txt" || (extension.empty() && path.filename() == ".txt");
}

/// Those of a class: by folder, and within it by name.
std::vector<std::string> files_of(const fs::path& folder, bool follow_links) {
  std::map<std::string, std::vector<std::string>> by_folder;
  const auto options = follow_links ? fs::directory_options::follow_directory_symlink : fs::directory_options::none;
  try {
    for (const auto& entry : fs::recursive_directory_iterator(folder, options)) {
      if (!entry.is_directory() && is_text_file(entry.path())) {
        by_folder[entry.path().parent_path().string()].push_back(entry.path().filename().string());
      }
    }
  } catch (const fs::filesystem_error& error) {
    refuse(folder.string(), error);
  }
  std::vector<std::string> files;
  for (auto& [parent, names] : by_folder) {
    std::ranges::sort(names);
    for (const std::string& name : names) files.push_back((fs::path(parent) / name).string());
  }
  return files;
}

void check_mode(const std::optional<std::string>& mode, const char* call) {
  if (!mode || *mode == "int" || *mode == "binary" || *mode == "categorical") return;
  throw ValueError(
      fmt::format("{}: label_mode must be int, binary, categorical or none, got \"{}\"", call, excerpt(*mode)));
}

void check_options(const TextFolderOptions& o) {
  check_mode(o.label_mode, kName);
  if (o.validation_split && !(*o.validation_split > 0 && *o.validation_split < 1)) {
    throw ValueError(fmt::format("{}: validation_split must be between 0 and 1, got {}", kName, *o.validation_split));
  }
  const bool is_subset = o.subset == "training" || o.subset == "validation";
  if (o.validation_split.has_value() == is_subset && (is_subset || o.subset.empty())) return;
  throw ValueError(fmt::format("{}: validation_split goes with subset \"training\" or \"validation\", got \"{}\"{}",
                               kName, excerpt(o.subset), o.validation_split ? "" : " and no split"));
}

void take_subset(std::vector<LabelledFile>& files, const TextFolderOptions& o) {
  if (!o.validation_split) return;
  const auto held_out = static_cast<ptrdiff_t>(*o.validation_split * static_cast<double>(files.size()));
  if (o.subset == "training")
    files.erase(files.end() - held_out, files.end());
  else
    files.erase(files.begin(), files.end() - held_out);
}

Tensor labels_of(const Tensor& all, const std::string& mode, size_t classes, const char* call) {
  if (mode == "int") return all;
  if (mode == "categorical") return to_categorical(all, static_cast<int64_t>(classes));
  if (classes != 2) throw ValueError(fmt::format("{}: label_mode \"binary\" needs two classes, got {}", call, classes));
  return all.cast(DType::f32).reshaped({all.size(), 1});
}

Tensor numbers_of(const std::vector<LabelledFile>& files) {
  std::vector<int32_t> labels;
  for (const LabelledFile& file : files) labels.push_back(file.label);
  return Tensor::of(labels);
}

std::string text_of(const LabelledFile& file, const std::optional<int64_t>& max_length) {
  const std::vector<std::byte> bytes = read_file(file.path);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (max_length && text.size() > static_cast<size_t>(*max_length)) text.resize(static_cast<size_t>(*max_length));
  return text;
}

}  // namespace

TextFolder text_dataset_from_directory(const std::string& directory, const TextFolderOptions& options) {
  check_options(options);
  std::vector<std::string> classes = folders_of(directory);
  for (const std::string& name : options.class_names) {
    if (std::ranges::find(classes, name) != classes.end()) continue;
    throw ValueError(fmt::format("{}: class \"{}\" has no folder in {}", kName, excerpt(name), printable(directory)));
  }
  if (!options.class_names.empty()) classes = options.class_names;
  std::vector<LabelledFile> files;
  for (size_t label = 0; label < classes.size(); ++label) {
    for (std::string& path : files_of(fs::path(directory) / classes[label], options.follow_links)) {
      files.push_back({std::move(path), static_cast<int32_t>(label)});
    }
  }
  if (options.shuffle) {
    std::vector<LabelledFile> shuffled;
    NumpyShuffle shuffle(options.seed);
    for (const uint32_t i : shuffle.permutation(static_cast<uint32_t>(files.size()))) shuffled.push_back(files[i]);
    files = std::move(shuffled);
  }
  take_subset(files, options);
  if (files.empty()) throw ValueError(fmt::format("{}: there is no .txt file in {}", kName, printable(directory)));
  std::vector<std::string> texts;
  for (const LabelledFile& file : files) texts.push_back(text_of(file, options.max_length));
  TextFolder made{std::move(texts), {}, {}};
  if (!options.label_mode) return made;
  made.labels = labels_of(numbers_of(files), *options.label_mode, classes.size(), kName);
  made.class_names = std::move(classes);
  return made;
}

TextFolder text_dataset_from_csv(const std::string& path, const TextTableOptions& options) {
  constexpr const char* kCall = "text_dataset_from_csv";
  check_mode(options.label_mode, kCall);
  TableOptions how = options.table;
  // A text that looks like a number is one nevertheless.
  if (!options.text.empty()) how.texts.push_back(options.text);
  const Table table = load_table(path, how);
  const std::string text = options.text.empty() ? table.names().front() : options.text;
  const std::string label = options.label.empty() ? table.names().back() : options.label;
  if (options.label_mode && text == label) {
    throw ValueError(fmt::format("{}: {}: expected a column of texts and one of labels, got \"{}\" for both", kCall,
                                 printable(path), excerpt(text)));
  }
  TextFolder made{table.texts(text), {}, {}};
  if (!options.label_mode) return made;
  Table::Classes of = table.classes(label);
  made.labels = labels_of(of.classes, *options.label_mode, of.names.size(), kCall);
  made.class_names = std::move(of.names);
  return made;
}

}  // namespace reel
