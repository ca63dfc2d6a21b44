#include "reel/models/callbacks/csv_logger.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"

namespace reel {
namespace {

constexpr std::string_view kValidation = "val_";

/// As Python prints a float: a whole number with ".0".
std::string number(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

/// As Python's csv writes it: in quotes where it holds what ends a field.
std::string quoted(const std::string& field, const std::string& separator) {
  if (field.find_first_of("\"\r\n" + separator) == std::string::npos) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

/// `mode`: as of fopen.
void write(const std::string& path, const char* mode, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), mode);
  bool is_written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int problem = errno;
  if (file != nullptr && std::fclose(file) != 0) is_written = false;
  if (is_written) return;
  throw DataError(fmt::format("CSVLogger: cannot write {}: {}", printable(path),
                              std::generic_category().message(problem != 0 ? problem : errno)));
}

bool has_a_line(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return false;
  const bool has_one = std::fgetc(file) != EOF;
  std::fclose(file);
  return has_one;
}

/// 0 of a file that is not there.
int64_t size_of(const std::string& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  return problem ? 0 : static_cast<int64_t>(size);
}

/// The names of an epoch's logs in order, and those of validation that others will have.
std::vector<std::string> keys_of(const Logs& logs, bool validates) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : logs) keys.push_back(name);
  std::ranges::sort(keys);
  const auto is_of_validation = [](const std::string& key) { return key.starts_with(kValidation); };
  if (!validates || std::ranges::any_of(keys, is_of_validation)) return keys;
  const size_t count = keys.size();
  for (size_t i = 0; i < count; ++i) {
    if (keys[i] != "learning_rate") keys.push_back(std::string(kValidation) + keys[i]);
  }
  return keys;
}

}  // namespace

void CSVLogger::fields(Fields& f) {
  f.required("filename", filename);
  f("separator", separator);
  f("append", append);
}

void CSVLogger::check() const {
  if (filename.empty()) throw ValueError("CSVLogger: expected the name of a file, got \"\"");
  if (separator.size() != 1) {
    throw ValueError(fmt::format("CSVLogger: separator must be one character, got \"{}\"", excerpt(separator)));
  }
}

void CSVLogger::state(StateFields& f) const {
  f("keys", progress->keys);
  f("needs_header", progress->needs_header);
  f("bytes", progress->bytes);
}

void CSVLogger::on_train_begin(const CallbackRun& run) const {
  if (run.resumes) return;
  progress->keys.clear();
  progress->needs_header = !append || !has_a_line(filename);
  write(filename, append ? "ab" : "wb", "");
  progress->bytes = size_of(filename);
}

void CSVLogger::on_train_resume(const CallbackRun&, int64_t, int64_t) const {
  const int64_t size = size_of(filename);
  if (size < progress->bytes) {
    throw DataError(fmt::format("CSVLogger: {}: expected the {} bytes of the epochs before, got {}",
                                printable(filename), progress->bytes, size));
  }
  std::error_code problem;
  std::filesystem::resize_file(filename, static_cast<uintmax_t>(progress->bytes), problem);
  if (problem) throw DataError(fmt::format("CSVLogger: cannot cut {}: {}", printable(filename), problem.message()));
}

void CSVLogger::on_epoch_end(const CallbackRun& run, int64_t epoch, const Logs& logs) const {
  if (progress->keys.empty()) progress->keys = keys_of(logs, run.params.validates);
  std::string text;
  if (progress->needs_header) {
    text = "epoch";
    for (const std::string& key : progress->keys) text += separator + quoted(key, separator);
    text += "\r\n";
  }
  text += fmt::format("{}", epoch);
  for (const std::string& key : progress->keys) text += separator + (logs.contains(key) ? number(logs[key]) : "NA");
  text += "\r\n";
  write(filename, "ab", text);
  progress->bytes += static_cast<int64_t>(text.size());
  progress->needs_header = false;
}

}  // namespace reel
