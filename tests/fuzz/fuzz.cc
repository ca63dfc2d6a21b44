#include "fuzz.h"

#include <fmt/format.h>
#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "models/temporary_folder.h"
#include "reel/graph/printable.h"
#include "reel/models/formats/memory_budget.h"

namespace reel::fuzz {
namespace {

std::atomic<size_t> held = 0, most = 0;

void on_allocation(const volatile void*, size_t size) {
  const size_t now = held += size;
  size_t before = most;
  while (now > before && !most.compare_exchange_weak(before, now)) {
  }
}

void on_release(const volatile void* memory) {
  if (memory != nullptr) held -= __sanitizer_get_allocated_size(const_cast<const void*>(memory));
}

void check_memory(size_t before, size_t input_size) {
  const size_t used = std::max<size_t>(most, before) - before, allowed = 4 * memory_bound(input_size);
  require(used <= allowed,
          fmt::format("{} bytes of input took {} bytes of memory, expected at most {}", input_size, used, allowed));
}

/// A message is shown as it is: one line of a length that people read, nothing that a terminal would obey.
void check_message(std::string_view message) {
  constexpr size_t kLongest = 1000;
  require(!message.empty() && message.size() <= kLongest, fmt::format("a message of {} bytes", message.size()));
  require(printable(message) == message, fmt::format("raw bytes in '{}'", message));
}

}  // namespace

void fail(std::string_view what) {
  fmt::print(stderr, "fuzz: {}\n", what);
  std::abort();
}

void require_same(const Tensor& a, const Tensor& b) {
  require(a.type() == b.type(), "another type");
  require(std::memcmp(a.raw(), b.raw(), a.bytes()) == 0, "other elements");
}

std::string file_of(std::span<const std::byte> bytes, std::string_view name) {
  static const testing::TemporaryFolder folder;
  const std::string path = folder / std::string(name);
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  require(out.good(), "cannot write " + path);
  return path;
}

}  // namespace reel::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  __sanitizer_install_malloc_and_free_hooks(&reel::fuzz::on_allocation, &reel::fuzz::on_release);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace reel;
  const size_t before = fuzz::held;
  fuzz::most = before;
  try {
    fuzz::read(std::as_bytes(std::span(data, size)));
  } catch (const Error& error) {
    fuzz::check_message(error.what());
  }
  fuzz::check_memory(before, size);
  return 0;
}
