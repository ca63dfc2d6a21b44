#include "reel/graph/machine_memory.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <string>

#include "reel/graph/error.h"

namespace reel {
namespace {

/// What the file of a control group says; no limit where there is none, or it is the word "max".
size_t limit_in(const char* path) {
  std::ifstream file(path);
  size_t bytes = 0;
  return file >> bytes ? bytes : std::numeric_limits<size_t>::max();
}

size_t read_machine_memory() {
  struct sysinfo info {};
  size_t bytes = std::numeric_limits<size_t>::max();
  if (::sysinfo(&info) == 0) bytes = (size_t{info.totalram} + info.totalswap) * info.mem_unit;
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    bytes = std::min(bytes, limit_in(path));
  }
  return bytes;
}

std::string in_units(size_t bytes) {
  constexpr std::array kUnits{"kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace

size_t machine_memory() {
  static const size_t bytes = read_machine_memory();
  return bytes;
}

void refuse_memory(size_t bytes, std::string_view what) {
  throw MemoryError(fmt::format("not enough memory for {}: {}, this machine has {}", what, in_units(bytes),
                                in_units(machine_memory())));
}

}  // namespace reel
