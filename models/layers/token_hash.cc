// FarmHash: farmhashna::Hash64 of Google's FarmHash 1.1, as its description tells; its constants are part of the
// function.
#include "reel/models/layers/token_hash.h"

#include <bit>
#include <cstring>
#include <utility>

namespace reel {
namespace {

constexpr uint64_t k0 = 0xc3a5c85c97cb3127, k1 = 0xb492b66fbe98f273, k2 = 0x9ae16a3b2f90404f;

/// Little-endian, as on all machines that Reel runs on.
template <class T>
uint64_t read(const char* at) {
  static_assert(std::endian::native == std::endian::little);
  T word;
  std::memcpy(&word, at, sizeof(T));
  return word;
}
uint64_t read64(const char* at) { return read<uint64_t>(at); }

uint64_t right(uint64_t x, int by) { return std::rotr(x, by); }
uint64_t shifted(uint64_t x) { return x ^ (x >> 47); }
uint64_t mixed(uint64_t u, uint64_t v, uint64_t by) {
  const uint64_t a = shifted((u ^ v) * by);
  return shifted((v ^ a) * by) * by;
}

uint64_t hash_to_16(const char* s, size_t length) {
  if (length >= 8) {
    const uint64_t by = k2 + length * 2, a = read64(s) + k2, b = read64(s + length - 8);
    return mixed(right(b, 37) * by + a, (right(a, 25) + b) * by, by);
  }
  if (length >= 4) {
    return mixed(length + (read<uint32_t>(s) << 3), read<uint32_t>(s + length - 4), k2 + length * 2);
  }
  if (length == 0) return k2;
  const uint64_t first = read<uint8_t>(s), middle = read<uint8_t>(s + length / 2), last = read<uint8_t>(s + length - 1);
  return shifted((first + (middle << 8)) * k2 ^ (length + (last << 2)) * k0) * k2;
}

uint64_t hash_to_32(const char* s, size_t length) {
  const uint64_t by = k2 + length * 2, a = read64(s) * k1, b = read64(s + 8), c = read64(s + length - 8) * by,
                 d = read64(s + length - 16) * k2;
  return mixed(right(a + b, 43) + right(c, 30) + d, a + right(b + k2, 18) + c, by);
}

uint64_t hash_to_64(const char* s, size_t length) {
  const uint64_t by = k2 + length * 2, a = read64(s) * k2, b = read64(s + 8), c = read64(s + length - 8) * by,
                 d = read64(s + length - 16) * k2;
  const uint64_t y = right(a + b, 43) + right(c, 30) + d, z = mixed(y, a + right(b + k2, 18) + c, by);
  const uint64_t e = read64(s + 16) * by, f = read64(s + 24), g = (y + read64(s + length - 32)) * by,
                 h = (z + read64(s + length - 24)) * by;
  return mixed(right(e + f, 43) + right(g, 30) + h, e + right(f + a, 18) + g, by);
}

using Pair = std::pair<uint64_t, uint64_t>;

/// 32 bytes into two words.
Pair weak(const char* s, uint64_t a, uint64_t b) {
  const uint64_t w = read64(s), x = read64(s + 8), y = read64(s + 16), z = read64(s + 24);
  a += w;
  b = right(b + a + z, 21);
  const uint64_t c = a;
  a += x + y;
  b += right(a, 44);
  return {a + z, b + c};
}

/// What longer texts go through, 64 bytes at a time.
struct State {
  uint64_t x, y, z;
  Pair v{}, w{};

  void take(const char* s, uint64_t by, uint64_t in_y, uint64_t in_x) {
    x = right(x + y + v.first + read64(s + 8), 37) * by;
    y = right(y + v.second + read64(s + 48), 42) * by;
    x ^= w.second * in_x;
    y += v.first * in_y + read64(s + 40);
    z = right(z + w.first, 33) * by;
    v = weak(s, v.second * by, x + w.first);
    w = weak(s + 32, z + w.second, y + read64(s + 16));
    std::swap(z, x);
  }
};

void sip_round(std::array<uint64_t, 4>& v) {
  v[0] += v[1];
  v[1] = std::rotl(v[1], 13) ^ v[0];
  v[0] = std::rotl(v[0], 32);
  v[2] += v[3];
  v[3] = std::rotl(v[3], 16) ^ v[2];
  v[0] += v[3];
  v[3] = std::rotl(v[3], 21) ^ v[0];
  v[2] += v[1];
  v[1] = std::rotl(v[1], 17) ^ v[2];
  v[2] = std::rotl(v[2], 32);
}

}  // namespace

uint64_t farm_hash(std::string_view bytes) {
  const char* s = bytes.data();
  const size_t length = bytes.size();
  if (length <= 16) return hash_to_16(s, length);
  if (length <= 32) return hash_to_32(s, length);
  if (length <= 64) return hash_to_64(s, length);
  constexpr uint64_t kSeed = 81;
  const uint64_t y = kSeed * k1 + 113;
  State state{kSeed * k2 + read64(s), y, shifted(y * k2 + 113) * k2};
  const char* const last = s + length - 64;  // may overlap with what has been taken
  for (size_t i = 0; i < (length - 1) / 64; ++i, s += 64) state.take(s, k1, 1, 1);
  const uint64_t by = k1 + ((state.z & 0xff) << 1);
  state.w.first += (length - 1) & 63;
  state.v.first += state.w.first;
  state.w.first += state.v.first;
  state.take(last, by, 9, 9);
  return mixed(mixed(state.v.first, state.w.first, by) + shifted(state.y) * k0 + state.z,
               mixed(state.v.second, state.w.second, by) + state.x, by);
}

uint64_t sip_hash(std::string_view bytes, const std::array<uint64_t, 2>& key) {
  std::array<uint64_t, 4> v{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
                            key[1] ^ 0x7465646279746573};
  const auto take = [&](uint64_t word) {
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
  };
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) take(read64(bytes.data() + at));
  uint64_t last = uint64_t{bytes.size()} << 56;
  for (size_t i = at; i < bytes.size(); ++i) last |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * (i - at));
  take(last);
  v[2] ^= 0xff;
  for (int i = 0; i < 4; ++i) sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

int64_t hash_bin(std::string_view bytes, int64_t bins, const Salt& salt) {
  const uint64_t hash =
      salt ? sip_hash(bytes, {static_cast<uint64_t>((*salt)[0]), static_cast<uint64_t>((*salt)[1])}) : farm_hash(bytes);
  return static_cast<int64_t>(hash % static_cast<uint64_t>(bins));
}

}  // namespace reel
