// Texts of the user's, with the classes that they are of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reel {

struct LabelledTexts {
  std::vector<std::string> texts;
  std::vector<int32_t> labels;  ///< of 0 to classes - 1
};

struct OwnTexts {
  LabelledTexts train, validation, held_out;
  bool is_too_few = false;           ///< to be parted: all serve every purpose
  std::vector<std::string> classes;  ///< by label
  std::vector<std::string> files;    ///< that they were read from, where they are few
};

/// Whether `path` is a .csv or .tsv, or a folder with .txt files in folders of its own.
bool is_own_texts(const std::string& path);

/// Of a folder: the .txt files of each of its folders, which the classes are called after; of one with folders "train"
/// and "test", as the raw IMDB set has them, those within these. Of a table: the columns named text (or review,
/// sentence, message, content) and label (or class, sentiment, category), or two columns, of which the longer are
/// texts. Ten texts are held out, a tenth is for validation, unless "test" is. Throws DataError for what is not that.
OwnTexts load_own_texts(const std::string& path);

}  // namespace reel
