#include "reel/models/formats/hdf5_input.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/formats/bytes.h"

namespace reel {

std::string Hdf5Input::name() const { return fmt::format("{}: {}", source_, place_.empty() ? "/" : excerpt(place_)); }

void Hdf5Input::fail(std::string_view what) const { throw DataError(fmt::format("{}: {}", name(), what)); }

void Hdf5Input::fail_at(uint64_t offset, std::string_view what) const {
  fail(fmt::format("at byte {}: {}", offset, what));
}

std::span<const std::byte> Hdf5Input::part(uint64_t address, uint64_t size) const {
  if (address > bytes_.size() || size > bytes_.size() - address)
    fail_at(address, fmt::format("expected {} bytes, the file has {} in all", size, bytes_.size()));
  return bytes_.subspan(address, size);
}

Hdf5Input::Within::Within(Hdf5Input& input, std::string_view name, char separator)
    : input_(input), before_(input.place_.size()) {
  if (separator != '/' || before_ > 0) input_.place_ += separator;
  input_.place_ += name;
}

std::span<const std::byte> Hdf5Cursor::take(uint64_t size) {
  if (size > part_.size()) fail(fmt::format("expected {} bytes, got {}", size, part_.size()));
  const std::span<const std::byte> taken = part_.first(size);
  part_ = part_.subspan(size);
  return taken;
}

uint64_t Hdf5Cursor::number(int width) {
  uint64_t value = 0;
  int shift = 0;
  for (const std::byte one : take(static_cast<uint64_t>(width))) {
    value |= std::to_integer<uint64_t>(one) << shift;
    shift += 8;
  }
  return value;
}

void Hdf5Cursor::expect(std::string_view signature, std::string_view what) {
  const uint64_t begin = offset();
  if (text_of(take(signature.size())) != signature) input_.fail_at(begin, fmt::format("expected {}", what));
}

void Hdf5Cursor::expect(int value, std::string_view what) {
  const uint64_t begin = offset();
  if (const int got = byte(); got != value)
    input_.fail_at(begin, fmt::format("expected {} {}, got {}", what, value, got));
}

}  // namespace reel
