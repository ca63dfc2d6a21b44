#include "tools/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"

namespace reel::cli {
namespace {

namespace fs = std::filesystem;

bool is_standard(const std::string& path) { return path == kStandard; }

}  // namespace

void check_writable(const std::string& path, std::string_view option) {
  if (path.empty() || is_standard(path)) return;
  const auto fail = [&](const std::string& why) { throw DataError(fmt::format("--{} {}: {}", option, path, why)); };
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) fail("is a folder, expected the name of a file");
  const bool is_special = fs::exists(path, ignored) && !fs::is_regular_file(path, ignored);
  const fs::path parent = fs::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  // A file is replaced by a new one, so it is the folder that must be writable.
  const std::string& written = is_special ? path : folder;
  if (::access(written.c_str(), is_special ? W_OK : W_OK | X_OK) != 0) {
    fail(fmt::format("cannot write to {}: {}", is_special ? "it" : folder, std::strerror(errno)));
  }
}

void write_text(const std::string& path, std::string_view text) {
  if (path.empty()) return;
  if (is_standard(path)) {
    std::fwrite(text.data(), 1, text.size(), stdout);
  } else {
    write_file_atomically(path, bytes_of(text));
  }
}

void write_json(const std::string& path, const nlohmann::ordered_json& json) {
  using nlohmann::ordered_json;
  write_text(path, json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

TimeUnit time_unit(double seconds) { return seconds < 1e-3 ? TimeUnit{"us", 1e6} : TimeUnit{"ms", 1e3}; }

std::string time_text(double seconds) {
  const TimeUnit unit = time_unit(seconds);
  return fmt::format("{:.2f} {}", seconds * unit.per_second, unit.name);
}

std::FILE* people_stream(const std::string& result_path) { return is_standard(result_path) ? stderr : stdout; }

void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw DataError(fmt::format("standard output: cannot write: {}", std::strerror(errno)));
  }
}

}  // namespace reel::cli
