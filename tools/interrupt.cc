#include "tools/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

namespace reel::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int) {
  interrupted = 1;
  std::signal(SIGINT, SIG_DFL);
  constexpr std::string_view kMessage = "\nStopping after this epoch; Ctrl-C again stops at once.\n";
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
}

}  // namespace

Interrupt::Interrupt() {
  interrupted = 0;
  std::signal(SIGINT, on_interrupt);
}
Interrupt::~Interrupt() { std::signal(SIGINT, SIG_DFL); }
bool Interrupt::happened() const { return interrupted != 0; }

}  // namespace reel::cli
