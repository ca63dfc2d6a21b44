// Texts and their labels: in folders, one for each class, or in a table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/data/table.h"
#include "reel/models/layer/strings.h"

namespace reel {

struct TextFolderOptions {
  std::optional<std::string> label_mode =
      "int";                                  ///< "int" i32 [n], "binary" f32 [n, 1], "categorical" f32 [n, classes]
  std::vector<std::string> class_names = {};  ///< folders to take, in the order of the labels; else all, sorted
  std::optional<int64_t> max_length = {};     ///< bytes of a text, the rest of which is cut off
  bool shuffle = true;                        ///< files in NumPy's order of the seed, before they are split
  uint32_t seed = 0;
  std::optional<double> validation_split = {};  ///< the share of the files, from the end, that is for validation
  std::string subset = "";                      ///< with a split: "training" or "validation"
  bool follow_links = false;                    ///< into folders that are linked to
};

struct TextFolder {
  Strings texts;                         ///< [n]
  Tensor labels;                         ///< empty without a label mode
  std::vector<std::string> class_names;  ///< none without a label mode
};

/// The .txt files of a folder's folders and those within, sorted, each class's folder by itself. Throws DataError for
/// what cannot be read, ValueError for arguments that are none or do not go together, for classes that have no folder,
/// and where there is no file. keras.utils.text_dataset_from_directory.
TextFolder text_dataset_from_directory(const std::string& directory, const TextFolderOptions& options = {});

struct TextTableOptions {
  std::string text = "", label = "";              ///< columns; if not given, the first one, and the last one
  std::optional<std::string> label_mode = "int";  ///< as of TextFolderOptions
  TableOptions table = {};
};

/// The same of a CSV of texts and labels, in its order; the classes are what stands in the column of labels, sorted.
/// Throws what `load_table` throws, and ValueError for a label mode that is none and for one column in both places.
TextFolder text_dataset_from_csv(const std::string& path, const TextTableOptions& options = {});

}  // namespace reel
