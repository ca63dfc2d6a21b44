// The files that a command is asked to write, checked before it does anything that takes time.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "tools/arguments.h"

namespace reel::cli {

/// An option that names a file to write.
struct OutputOption {
  std::string name;
  bool may_be_standard = false;  ///< whether "-" is standard output
  std::string_view kind = {};    ///< what is written, if a name may be that of another kind: see formats/file_kind.h
};

struct OutputFile {
  std::string option;
  std::string path;
};

/// Those of the options that are given. Throws UsageError for one that is empty, "-" where it may not be, or two that
/// lead to one file, however it is written, and for a name that is by its extension of another kind; DataError for a
/// file that cannot be written later on.
std::vector<OutputFile> output_files(const Arguments& arguments, std::initializer_list<OutputOption> options);

/// Throws UsageError where one of the outputs would replace one of the files `read`.
void check_replaces_none(std::span<const OutputFile> outputs, std::span<const std::string> read);

/// The output that would replace the file at `path`, or null.
const OutputFile* output_to(std::span<const OutputFile> outputs, const std::string& path);

/// Why no file can be written at `path`, or "".
std::string why_not_writable(const std::string& path);

}  // namespace reel::cli
