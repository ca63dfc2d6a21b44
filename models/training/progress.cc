#include "reel/models/training/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "reel/graph/printable.h"

namespace reel {
namespace {

constexpr int kBarCells = 20;
constexpr double kRedrawSeconds = 0.1;

std::string values(const Logs& logs) {
  std::string text;
  for (const auto& [name, value] : logs.entries()) text += fmt::format(" - {}: {:.4f}", printable(name), value);
  return text;
}

/// Characters in a line of the terminal, or as many as anyone needs where it does not say.
size_t columns_of(std::FILE* terminal) {
  constexpr size_t kPlenty = 1000;
  winsize size{};
  return ::ioctl(fileno(terminal), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kPlenty;
}

/// The first `most` characters: half of one is no text.
std::string first_characters(std::string_view text, size_t most) {
  size_t end = 0;
  for (size_t count = 0; count < most && end < text.size(); ++count) end += first_character(text.substr(end)).bytes;
  return std::string(text.substr(0, end));
}

std::string per_step(double seconds, int64_t steps) {
  const double each = steps > 0 ? seconds / static_cast<double>(steps) : 0;
  if (each >= 1) return fmt::format("{:.1f}s/step", each);
  return each >= 1e-3 ? fmt::format("{:.0f}ms/step", each * 1e3) : fmt::format("{:.0f}us/step", each * 1e6);
}

}  // namespace

bool is_terminal(std::FILE* stream) { return stream != nullptr && isatty(fileno(stream)) != 0; }

std::string format_duration(double seconds) {
  const int64_t whole = std::llround(seconds);
  if (whole >= 3600) return fmt::format("{}h{:02}", whole / 3600, whole / 60 % 60);
  return whole >= 60 ? fmt::format("{}:{:02}", whole / 60, whole % 60) : fmt::format("{}s", whole);
}

EpochProgress::EpochProgress(Verbose verbose, std::FILE* out, int64_t epochs)
    : verbose_(verbose), out_(out), epochs_(epochs) {
  if (out == nullptr) verbose_ = Verbose::silent;
  if (verbose_ == Verbose::automatic) verbose_ = is_terminal(out) ? Verbose::progress_bar : Verbose::line_per_epoch;
}

void EpochProgress::print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), out_); }

void EpochProgress::begin_epoch(int64_t epoch, int64_t steps) {
  epoch_ = epoch;
  steps_ = steps;
  done_ = 0;
  start_ = Clock::now();
  drawn_ = start_ - std::chrono::hours(1);
  has_ended_steps_ = false;
  if (verbose_ == Verbose::progress_bar) print(fmt::format("Epoch {}/{}\n", epoch + 1, epochs_));
}

void EpochProgress::step(int64_t done, const Logs& running) {
  if (verbose_ != Verbose::progress_bar) return;
  training_seconds_ = elapsed();
  done_ = done;
  const Clock::time_point now = Clock::now();
  if ((steps_ == 0 || done < steps_) && std::chrono::duration<double>(now - drawn_).count() < kRedrawSeconds) return;
  drawn_ = now;
  const double left = training_seconds_ / static_cast<double>(done) * static_cast<double>(steps_ - done);
  const std::string time = steps_ > 0 ? format_duration(left) + " left" : format_duration(training_seconds_);
  draw(done, fmt::format("{}, {}", time, per_step(training_seconds_, done)), running, false);
}

void EpochProgress::end_steps() {
  if (has_ended_steps_) return;
  training_seconds_ = elapsed();
  has_ended_steps_ = true;
}

void EpochProgress::end_epoch(const Logs& logs) {
  end_steps();
  if (verbose_ == Verbose::progress_bar) {
    const int64_t steps = steps_ > 0 ? steps_ : done_;
    draw(steps, fmt::format("{} {}", format_duration(elapsed()), per_step(training_seconds_, steps)), logs, true);
    print("\n");
  } else if (verbose_ == Verbose::line_per_epoch) {
    const std::string each = steps_ > 0 ? " - " + per_step(training_seconds_, steps_) : "";
    print(fmt::format("Epoch {}/{} - {}{}{}\n", epoch_ + 1, epochs_, format_duration(elapsed()), each, values(logs)));
  }
  if (out_ != nullptr) std::fflush(out_);
}

void EpochProgress::draw(int64_t done, const std::string& time, const Logs& logs, bool is_last) {
  const int filled = steps_ > 0 ? static_cast<int>(kBarCells * done / steps_) : kBarCells;
  std::string bar;
  for (int cell = 0; cell < kBarCells; ++cell) bar += cell < filled ? "━" : "─";
  // A line that wraps cannot be redrawn: the first to go is the bar, then what stands last.
  const std::string of = steps_ > 0 ? fmt::format("{}/{}", done, steps_) : fmt::format("{}", done);
  std::string line = fmt::format("{} {}{}", of, time, values(logs));
  const size_t columns = columns_of(out_);
  if (line.size() + kBarCells + 1 < columns)
    line = fmt::format("{} {} {}{}", of, bar, time, values(logs));
  else if (!is_last)
    line = first_characters(line, columns - 1);
  print("\r\033[K" + line);
  std::fflush(out_);
}

}  // namespace reel
