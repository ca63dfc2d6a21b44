#include "reel/graph/warning.h"

#include <fmt/format.h>

#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace reel {
namespace {

/// A model records its graph anew for each of its programs, and would warn each time.
void write_once(std::string_view text) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> written;
  const std::lock_guard lock(mutex);
  if (written.emplace(text).second) fmt::print(stderr, "reel: warning: {}\n", text);
}

std::mutex handler_mutex;

WarningHandler& handler() {
  static WarningHandler instance = write_once;
  return instance;
}

}  // namespace

void warn(std::string_view text) {
  WarningHandler current;
  {
    const std::lock_guard lock(handler_mutex);
    current = handler();
  }
  current(text);
}

WarningHandler set_warning_handler(WarningHandler next) {
  const std::lock_guard lock(handler_mutex);
  return std::exchange(handler(), next ? std::move(next) : write_once);
}

}  // namespace reel
