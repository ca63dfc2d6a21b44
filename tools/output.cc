#include "tools/output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/bytes.h"

namespace reel::cli {
namespace {

bool is_standard(const std::string& path) { return path == kStandard; }

/// Of the first failure to write to standard output; 0 if there was none, or it was someone else's.
int output_error = 0;

}  // namespace

void say_text(std::FILE* out, std::string_view text) {
  if (out == nullptr) return;
  if (std::fwrite(text.data(), 1, text.size(), out) == text.size() || out != stdout || output_error != 0) return;
  output_error = errno;
}

void write_text(const std::string& path, std::string_view text) {
  if (path.empty()) return;
  if (is_standard(path)) {
    say_text(stdout, text);
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
    failures_.push_back(message_of(error));
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

void push_out(std::FILE* out) {
  if (std::fflush(out) != 0 && out == stdout && output_error == 0) output_error = errno;
}

void flush_output() {
  push_out(stdout);
  if (std::ferror(stdout) == 0) return;
  if (has_no_reader(stdout)) throw ClosedOutput("standard output: nobody reads it any more");
  throw DataError("standard output: cannot write" +
                  (output_error != 0 ? fmt::format(": {}", std::strerror(output_error)) : std::string()));
}

bool has_no_reader(std::FILE* stream) {
  if (stream == nullptr) return false;
  pollfd end{.fd = fileno(stream), .events = POLLOUT, .revents = 0};
  return ::poll(&end, 1, 0) > 0 && (end.revents & (POLLERR | POLLHUP)) != 0;
}

void prepare_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit of a file's size fails, and is reported as others are
  // Opened the wrong way round, so that to use them is the error that it was.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

std::string message_of(const std::exception& error) {
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ? "not enough memory" : printable(error.what());
}

}  // namespace reel::cli
