// Where results go: files that are replaced as a whole, or standard output.
#pragma once

#include <cstdio>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace reel::cli {

/// What stands for standard output, and for standard input.
inline constexpr std::string_view kStandard = "-";

/// Writes to the file, or prints where the path is "-". Does nothing where it is empty.
void write_text(const std::string& path, std::string_view text);
void write_json(const std::string& path, const nlohmann::ordered_json& json);

/// Hands over a command's results, of which none is lost because another cannot be written.
class Delivery {
 public:
  /// Whether `write` ends without an exception; otherwise its message is kept.
  bool attempt(const std::function<void()>& write);
  /// Throws DataError that tells in one line all that failed; does nothing where nothing did.
  void check() const;

 private:
  std::vector<std::string> failures_;
};

/// Where to talk to people: standard output, unless results for programs go there.
std::FILE* people_stream(const std::string& result_path);

/// The unit in which people read a time of about so many seconds: milliseconds, or microseconds.
struct TimeUnit {
  std::string_view name;
  double per_second;
};
TimeUnit time_unit(double seconds);
/// "25.70 ms"
std::string time_text(double seconds);

/// Throws DataError when standard output did not take everything.
void flush_output();

/// What to tell of an exception: its message, or what happened where the message is a library's.
std::string message_of(const std::exception& error);

}  // namespace reel::cli
