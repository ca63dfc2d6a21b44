// Where results go: files that are replaced as a whole, or standard output.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reel/graph/error.h"

namespace reel::cli {

/// What stands for standard output, and for standard input.
inline constexpr std::string_view kStandard = "-";

/// Prints to people or programs. Where the stream does not take it, the command goes on, for its other results are not
/// to be lost with this one; `flush_output` tells of it in the end. A null stream is nowhere.
void say_text(std::FILE* out, std::string_view text);
template <class... Values>
void say(std::FILE* out, fmt::format_string<Values...> format, Values&&... values) {
  say_text(out, fmt::format(format, std::forward<Values>(values)...));
}
template <class... Values>
void say(fmt::format_string<Values...> format, Values&&... values) {
  say(stdout, format, std::forward<Values>(values)...);
}

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

/// Standard output that nobody reads any more, as after "| head -1", which is no one's mistake.
class ClosedOutput : public Error {
 public:
  using Error::Error;
};

/// Flushes; what standard output refuses is kept for `flush_output` to tell.
void push_out(std::FILE* out);

/// Throws ClosedOutput or DataError when standard output did not take everything that was printed so far.
void flush_output();

/// Whether the stream is a pipe or a terminal whose other end is closed.
bool has_no_reader(std::FILE* stream);

/// Makes writing to a closed pipe, or beyond the size that a file may have, an error of the writing instead of the end
/// of the program, and keeps files that are opened later from taking the place of a standard stream that is closed.
void prepare_standard_streams();

/// Exit code of a program that a signal ended, as shells have it.
inline int signal_exit_code(int signal) { return 128 + signal; }

/// What to tell of an exception: its message, or what happened where the message is a library's.
std::string message_of(const std::exception& error);

}  // namespace reel::cli
