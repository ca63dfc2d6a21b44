#include "tools/output_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

namespace fs = std::filesystem;

/// A device or a pipe, which takes what several outputs write to it.
bool is_special(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) && !fs::is_regular_file(path, ignored);
}

bool is_same_file(const std::string& a, const std::string& b) {
  if (a == kStandard || b == kStandard) return a == b;
  if (is_special(a)) return false;
  std::error_code error_a, error_b;
  const fs::path whole_a = fs::weakly_canonical(fs::absolute(resolve_links(a), error_a), error_a);
  const fs::path whole_b = fs::weakly_canonical(fs::absolute(resolve_links(b), error_b), error_b);
  return error_a || error_b ? a == b : whole_a == whole_b;
}

void check_output(const std::string& command, const OutputFile& file, const OutputOption& described) {
  const auto& [option, path] = file;
  if (path.empty()) throw UsageError(fmt::format("{}: --{} is empty", command, option));
  if (path == kStandard) {
    if (described.may_be_standard) return;
    throw UsageError(fmt::format("{}: --{} takes the name of a file, standard output is for --json", command, option));
  }
  if (!described.kind.empty()) {
    const std::string other = misnamed(path, described.kind);
    if (!other.empty()) throw UsageError(fmt::format("{}: --{} {}: {}", command, option, path, other));
  }
  const std::string why = why_not_writable(path);
  if (!why.empty()) throw DataError(fmt::format("--{} {}: {}", option, path, why));
}

}  // namespace

std::vector<OutputFile> output_files(const Arguments& arguments, std::initializer_list<OutputOption> options) {
  std::vector<OutputFile> files;
  for (const OutputOption& option : options) {
    if (!arguments.has(option.name)) continue;
    const OutputFile file{option.name, arguments.text(option.name)};
    check_output(arguments.command(), file, option);
    if (const OutputFile* other = output_to(files, file.path)) {
      throw UsageError(fmt::format("{}: --{} {} and --{} {} are one file, expected one for each", arguments.command(),
                                   other->option, other->path, file.option, file.path));
    }
    files.push_back(file);
  }
  return files;
}

void check_replaces_none(std::span<const OutputFile> outputs, std::span<const std::string> read) {
  for (const std::string& path : read) {
    if (const OutputFile* file = output_to(outputs, path)) {
      throw UsageError(
          fmt::format("--{} {}: would replace the data, which are read from there", file->option, file->path));
    }
  }
}

const OutputFile* output_to(std::span<const OutputFile> outputs, const std::string& path) {
  for (const OutputFile& file : outputs) {
    if (is_same_file(file.path, path)) return &file;
  }
  return nullptr;
}

std::string why_not_writable(const std::string& path) {
  try {
    check_writable(path);
    return {};
  } catch (const DataError& error) {
    const std::string_view what = error.what();
    const std::string begin = path + ": ";  // which callers say in their own way
    return std::string(what.substr(what.starts_with(begin) ? begin.size() : 0));
  }
}

}  // namespace reel::cli
