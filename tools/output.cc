#include "tools/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"

namespace reel::cli {
namespace {

bool is_standard(const std::string& path) { return path == kStandard; }

std::string output_failure(int error) { return fmt::format("standard output: cannot write: {}", std::strerror(error)); }

}  // namespace

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

bool Delivery::attempt(const std::function<void()>& write) {
  try {
    write();
    return true;
  } catch (const std::exception& error) {
    std::string message = message_of(error);
    // Whoever prints complains of a full standard output.
    if (std::find(failures_.begin(), failures_.end(), message) == failures_.end()) failures_.push_back(message);
    return false;
  }
}

void Delivery::check() const {
  if (!failures_.empty()) throw DataError(fmt::format("{}", fmt::join(failures_, "; ")));
}

TimeUnit time_unit(double seconds) { return seconds < 1e-3 ? TimeUnit{"us", 1e6} : TimeUnit{"ms", 1e3}; }

std::string time_text(double seconds) {
  const TimeUnit unit = time_unit(seconds);
  return fmt::format("{:.2f} {}", seconds * unit.per_second, unit.name);
}

std::FILE* people_stream(const std::string& result_path) { return is_standard(result_path) ? stderr : stdout; }

void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw DataError(output_failure(errno));
}

std::string message_of(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "not enough memory";
  const auto* of_system = dynamic_cast<const std::system_error*>(&error);
  const bool is_of_printing = of_system != nullptr && std::ferror(stdout) != 0;
  return is_of_printing ? output_failure(of_system->code().value()) : printable(error.what());
}

}  // namespace reel::cli
