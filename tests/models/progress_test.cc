// The line that shows how training goes: what it says of the time, and that a terminal can show it.
#include "reel/models/training/progress.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <regex>
#include <string>
#include <thread>

#include "reel/graph/printable.h"

namespace reel {
namespace {

using std::chrono::milliseconds;

/// A terminal of so many columns, and what is written to it.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    out_ = std::fopen(::ptsname(master_), "w");
    REQUIRE(out_ != nullptr);
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    REQUIRE(::ioctl(fileno(out_), TIOCSWINSZ, &size) == 0);
    ::fcntl(master_, F_SETFL, O_NONBLOCK);
  }
  ~Terminal() {
    std::fclose(out_);
    ::close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  std::FILE* out() const { return out_; }

  /// What was drawn last over the line that stood there.
  std::string last_line() const {
    std::fflush(out_);
    std::string text;
    char buffer[4096];
    for (ssize_t count; (count = ::read(master_, buffer, sizeof(buffer))) > 0;) {
      text.append(buffer, static_cast<size_t>(count));
    }
    const std::string begin = "\033[K";
    const size_t at = text.rfind(begin);
    return at == text.npos ? text : text.substr(at + begin.size());
  }

 private:
  int master_;
  std::FILE* out_ = nullptr;
};

/// Seconds in "9:59", "1h05" or "12s".
int64_t seconds_in(const std::string& text) {
  std::smatch part;
  if (std::regex_match(text, part, std::regex("(\\d+)h(\\d+)")))
    return 3600 * std::stoi(part[1]) + 60 * std::stoi(part[2]);
  if (std::regex_match(text, part, std::regex("(\\d+):(\\d+)"))) return 60 * std::stoi(part[1]) + std::stoi(part[2]);
  return std::stoi(text);
}

TEST_CASE("progress: the time left is that of the steps left", "[progress]") {
  const Terminal terminal(200);
  EpochProgress progress(Verbose::progress_bar, terminal.out(), 1);
  progress.begin_epoch(0, 1000);
  std::this_thread::sleep_for(milliseconds(600));  // whatever it takes: both times that are told come of it
  for (const int64_t done : {1, 400, 1000}) {
    std::this_thread::sleep_for(milliseconds(110));  // a line is drawn that often
    progress.step(done, {});
    const std::string line = terminal.last_line();
    INFO(line);
    std::smatch told;
    REQUIRE(std::regex_search(line, told, std::regex(" (\\S+) left, (\\d+\\.?\\d*)(us|ms|s)/step")));
    const std::string unit = told[3];
    const double step = std::stod(told[2]) * (unit == "us" ? 1e-6 : unit == "ms" ? 1e-3 : 1);
    const double rounding = unit == "us" ? 0.5e-6 : unit == "ms" ? 0.5e-3 : 0.05;
    const double left = static_cast<double>(1000 - done),
                 of_minutes = std::string(told[1]).find('h') == std::string::npos ? 0.51 : 60;
    CHECK(std::abs(static_cast<double>(seconds_in(told[1])) - step * left) <= of_minutes + rounding * left);
  }
}

TEST_CASE("progress: durations in few characters", "[progress]") {
  CHECK(format_duration(0.4) == "0s");
  CHECK(format_duration(59.4) == "59s");
  CHECK(format_duration(65) == "1:05");
  CHECK(format_duration(3599) == "59:59");
  CHECK(format_duration(2 * 3600 + 3 * 60 + 59) == "2h03");
}

TEST_CASE("progress: a line fits the terminal, and is cut between characters", "[progress]") {
  std::string name;
  for (int i = 0; i < 12; ++i) name += "ö→𝄞";  // of two, three and four bytes
  Logs logs;
  logs.set(name, 0.5);
  for (unsigned short columns = 20; columns < 60; ++columns) {
    const Terminal terminal(columns);
    EpochProgress progress(Verbose::progress_bar, terminal.out(), 1);
    progress.begin_epoch(0, 10);
    progress.step(1, logs);
    const std::string line = terminal.last_line();
    INFO(columns << " columns: " << line);
    CHECK(printable(line) == line);
    size_t characters = 0;
    for (size_t at = 0; at < line.size(); at += first_character(std::string_view(line).substr(at)).bytes) ++characters;
    CHECK(characters < columns);
    CHECK(characters + 2 > std::min<size_t>(columns, 30));
  }
}

}  // namespace
}  // namespace reel
