#include "reel/models/formats/hdf5_filters.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace reel {
namespace {

constexpr uint64_t kChecksumBytes = 4;

std::vector<std::byte> inflated(const Hdf5Input& input, std::span<const std::byte> packed, uint64_t most) {
  std::vector<std::byte> out(most);
  uLongf size = most;
  uLong read = packed.size();
  const int status =
      uncompress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(packed.data()), &read);
  if (status != Z_OK || read != packed.size())
    input.fail(fmt::format("has a chunk of damaged gzip data, or of more than {} bytes", most));
  out.resize(size);
  return out;
}

/// First all first bytes of the elements stood, then all second ones; what is no whole element, at the end.
std::vector<std::byte> unshuffled(std::span<const std::byte> bytes, uint64_t element_bytes) {
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  const uint64_t count = bytes.size() / element_bytes;
  for (uint64_t b = 0; b < element_bytes; ++b) {
    for (uint64_t i = 0; i < count; ++i) out[i * element_bytes + b] = bytes[b * count + i];
  }
  return out;
}

/// Fletcher's checksum of 32 bits over big-endian words of 16, the last one filled up with a zero.
uint32_t fletcher(std::span<const std::byte> bytes) {
  uint64_t low = 0, high = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    const uint64_t second = i + 1 < bytes.size() ? std::to_integer<uint64_t>(bytes[i + 1]) : 0;
    low = (low + (std::to_integer<uint64_t>(bytes[i]) << 8 | second)) % 65535;
    high = (high + low) % 65535;
  }
  return static_cast<uint32_t>(high << 16 | low);
}

void check_sum(const Hdf5Input& input, std::vector<std::byte>& bytes) {
  if (bytes.size() < kChecksumBytes) input.fail("has a chunk without its checksum");
  uint32_t expected = 0;
  for (size_t i = 0; i < kChecksumBytes; ++i)
    expected |= std::to_integer<uint32_t>(bytes[bytes.size() - kChecksumBytes + i]) << 8 * i;
  bytes.resize(bytes.size() - kChecksumBytes);
  // Zero stands for 65535 and 65535 for zero, which are the same of such a sum.
  const auto differs = [](uint32_t a, uint32_t b) { return a % 65535 != b % 65535; };
  const uint32_t got = fletcher(bytes);
  if (differs(got >> 16, expected >> 16) || differs(got & 65535, expected & 65535))
    input.fail(fmt::format("has a chunk of checksum {:08x}, expected {:08x}", got, expected));
}

}  // namespace

std::vector<Hdf5Filter> read_filters(const Hdf5Input& input, std::span<const std::byte> body) {
  Hdf5Cursor cursor(input, body);
  const int version = cursor.byte();
  if (version != 1 && version != 2) cursor.fail(fmt::format("expected filters of version 1 or 2, got {}", version));
  constexpr int kMost = 32;  // as a chunk has bits for
  const int count = cursor.byte();
  if (count > kMost) cursor.fail(fmt::format("expected up to {} filters, got {}", kMost, count));
  if (version == 1) cursor.skip(6);
  std::vector<Hdf5Filter> filters;
  for (int i = 0; i < count; ++i) {
    Hdf5Filter filter{.id = cursor.number(2)};
    if (filter.id < Hdf5Filter::gzip || filter.id > Hdf5Filter::checksum)
      input.fail(fmt::format("is packed by filter {}, expected gzip, shuffle or checksums", filter.id));
    const uint64_t name_bytes = version == 1 ? cursor.number(2) : 0;
    cursor.skip(2);  // whether it may be left out
    const uint64_t values = cursor.number(2);
    cursor.skip(version == 1 ? (name_bytes + 7) / 8 * 8 : 0);
    for (uint64_t v = 0; v < values; ++v) {
      const uint64_t value = cursor.number(4);
      if (v == 0 && filter.id == Hdf5Filter::shuffle) filter.element_bytes = value;
    }
    if (version == 1 && values % 2 == 1) cursor.skip(4);
    if (filter.element_bytes == 0) cursor.fail("expected elements of one byte at least to be shuffled");
    filters.push_back(filter);
  }
  return filters;
}

std::vector<std::byte> unpacked_chunk(const Hdf5Input& input, std::span<const Hdf5Filter> filters, uint64_t skipped,
                                      std::span<const std::byte> packed, uint64_t size) {
  const auto sums = static_cast<uint64_t>(std::ranges::count(filters, Hdf5Filter::checksum, &Hdf5Filter::id));
  std::vector<std::byte> bytes(packed.begin(), packed.end());
  for (size_t i = filters.size(); i-- > 0;) {
    if ((skipped >> i & 1) != 0) continue;
    switch (filters[i].id) {
      case Hdf5Filter::gzip: bytes = inflated(input, bytes, size + sums * kChecksumBytes); break;
      case Hdf5Filter::shuffle: bytes = unshuffled(bytes, filters[i].element_bytes); break;
      default: check_sum(input, bytes);
    }
  }
  if (bytes.size() != size) input.fail(fmt::format("has a chunk of {} bytes, expected {}", bytes.size(), size));
  return bytes;
}

}  // namespace reel
