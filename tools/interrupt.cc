#include "tools/interrupt.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "tools/output.h"

namespace reel::cli {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
constexpr std::string_view kInTraining = "\nStopping after this epoch; a second signal stops at once.\n",
                           kKeeping = "\nStopping after this step, with a checkpoint; a second signal stops at once.\n",
                           kAfterTraining = "\nFinishing; a second signal stops at once.\n";

// What a handler touches: any thread may run it, at any time.
std::atomic<int> caught = 0;
std::atomic<const std::string_view*> answer = &kInTraining;
std::array<struct sigaction, kSignals.size()> before;

void restore() {
  for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before[i], nullptr);
}

void on_signal(int signal) {
  const int error = errno;
  caught = signal;
  restore();
  const std::string_view text = *answer.load();
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, text.data(), text.size());
  errno = error;
}

}  // namespace

Interrupt::Interrupt(std::FILE* people, bool keeps) : people_(people) {
  caught = 0;
  answer = keeps ? &kKeeping : &kInTraining;
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  // All are known before the first can arrive.
  for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], nullptr, &before[i]);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (before[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

Interrupt::~Interrupt() { restore(); }

bool Interrupt::happened() {
  is_unread_ = is_unread_ || has_no_reader(people_);
  return is_unread_ || caught != 0;
}

void Interrupt::training_is_over() { answer = &kAfterTraining; }

int Interrupt::exit_code() const {
  if (caught != 0) return signal_exit_code(caught);
  return is_unread_ ? signal_exit_code(SIGPIPE) : 0;
}

}  // namespace reel::cli
