#include "reel/models/zoo/own_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "reel/graph/error.h"
#include "reel/models/data/text.h"
#include "reel/models/data/text_folder.h"
#include "reel/models/zoo/own_tables.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHeldOut = 10, kFewestToSplit = 40;

bool holds_texts(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".txt" && it->is_regular_file(error)) return true;
  }
  return false;
}

/// The folders in `folder` with .txt files in them, sorted, but for texts of no class in the raw IMDB set.
std::vector<std::string> class_folders(const fs::path& folder) {
  std::vector<std::string> classes;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (it->is_directory(error) && name != "unsup" && holds_texts(it->path())) classes.push_back(name);
  }
  std::ranges::sort(classes);
  return classes;
}

bool has_train_and_test(const fs::path& folder) {
  return !class_folders(folder / "train").empty() && !class_folders(folder / "test").empty();
}

LabelledTexts read_folder(const fs::path& folder, const std::vector<std::string>& classes) {
  const TextFolder read = text_dataset_from_directory(folder.string(), {.class_names = classes});
  const auto texts = read.texts.texts();
  const auto labels = read.labels.data<int32_t>();
  return {{texts.begin(), texts.end()}, {labels.begin(), labels.end()}};
}

LabelledTexts cut(const LabelledTexts& all, size_t begin, size_t end) {
  const auto first = static_cast<ptrdiff_t>(begin), last = static_cast<ptrdiff_t>(end);
  return {{all.texts.begin() + first, all.texts.begin() + last},
          {all.labels.begin() + first, all.labels.begin() + last}};
}

/// Ten held out, from the begin; the last tenth to validate on, unless other texts are there for that.
void part(const LabelledTexts& all, OwnTexts& own) {
  const size_t count = all.texts.size();
  if (count < kFewestToSplit) {
    own.is_too_few = true;
    own.train = all;
    if (own.validation.texts.empty()) own.validation = all;
    own.held_out = cut(all, 0, std::min(count, kHeldOut));
    return;
  }
  const size_t split = own.validation.texts.empty() ? count - count / 10 : count;
  own.held_out = cut(all, 0, kHeldOut);
  own.train = cut(all, kHeldOut, split);
  if (split < count) own.validation = cut(all, split, count);
}

OwnTexts load_folder(const std::string& path) {
  OwnTexts own;
  const bool is_parted = has_train_and_test(path);
  const fs::path folder = is_parted ? fs::path(path) / "train" : fs::path(path);
  own.classes = class_folders(folder);
  if (own.classes.size() < 2) {
    throw DataError(fmt::format("{}: expected a folder with texts for each of two classes or more, got {} such folder",
                                folder.string(), own.classes.size()));
  }
  if (is_parted) own.validation = read_folder(fs::path(path) / "test", own.classes);
  part(read_folder(folder, own.classes), own);
  return own;
}

/// Which of the fields is named by one of `names`, or -1.
int64_t column_of(const std::vector<std::string>& fields, std::initializer_list<std::string_view> names) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (std::ranges::find(names, lowered_text(fields[i])) != names.end()) return static_cast<int64_t>(i);
  }
  return -1;
}

/// The two columns of a table that count.
struct TextColumns {
  std::vector<std::string> first, second;
  bool has_header = false;
};

TextColumns read_columns(const std::string& path) {
  TextColumns columns;
  int64_t text = 0, label = 1;
  size_t width = 0;
  read_records(path, [&](int64_t line, const std::vector<std::string>& fields) {
    if (width == 0) {
      width = fields.size();
      const int64_t named_text = column_of(fields, {"text", "review", "sentence", "message", "content"});
      const int64_t named_label = column_of(fields, {"label", "class", "sentiment", "category"});
      columns.has_header = named_text >= 0 && named_label >= 0;
      if (columns.has_header) {
        text = named_text;
        label = named_label;
        return;
      }
      if (width != 2) {
        throw DataError(fmt::format(
            "{}: expected two columns, texts and classes, or columns named text and label, got {}", path, width));
      }
    }
    if (fields.size() != width) {
      throw DataError(fmt::format("{}: line {}: expected {} fields, got {}", path, line, width, fields.size()));
    }
    columns.first.push_back(fields[static_cast<size_t>(text)]);
    columns.second.push_back(fields[static_cast<size_t>(label)]);
  });
  return columns;
}

size_t total_size(const std::vector<std::string>& texts) {
  size_t total = 0;
  for (const std::string& text : texts) total += text.size();
  return total;
}

OwnTexts load_texts_of_table(const std::string& path) {
  TextColumns columns = read_columns(path);
  std::vector<std::string>&texts = columns.first, &classes = columns.second;
  if (!columns.has_header) {
    if (total_size(classes) > total_size(texts)) std::swap(texts, classes);
    // A first line whose class comes nowhere else names the columns.
    if (std::ranges::count(classes, classes.empty() ? "" : classes[0]) == 1) {
      texts.erase(texts.begin());
      classes.erase(classes.begin());
    }
  }
  OwnTexts own;
  NamedClasses named = number_classes(classes, path);
  LabelledTexts all;
  for (const int64_t i : fixed_order(static_cast<int64_t>(texts.size()))) {
    all.texts.push_back(std::move(texts[static_cast<size_t>(i)]));
    all.labels.push_back(named.labels[static_cast<size_t>(i)]);
  }
  own.classes = std::move(named.names);
  own.files = {path};
  part(all, own);
  return own;
}

}  // namespace

bool is_own_texts(const std::string& path) {
  if (path.empty()) return false;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return !fs::exists(fs::path(path) / "imdb.npz", error) &&
           (!class_folders(path).empty() || has_train_and_test(path));
  }
  return is_table_name(path);
}

OwnTexts load_own_texts(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error) ? load_folder(path) : load_texts_of_table(path);
}

}  // namespace reel
