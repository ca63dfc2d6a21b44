// Hashes of texts, as TensorFlow has them: which of a number of bins a text is in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace reel {

/// FarmHash's Fingerprint64 of bytes, which is the same everywhere: tf.strings.to_hash_bucket_fast goes by it.
uint64_t farm_hash(std::string_view bytes);
/// SipHash-2-4 of bytes: tf.strings.to_hash_bucket_strong. Aumasson and Bernstein 2012.
uint64_t sip_hash(std::string_view bytes, const std::array<uint64_t, 2>& key);

/// Which of so many bins: by FarmHash, or with a salt by SipHash.
using Salt = std::optional<std::array<int64_t, 2>>;
int64_t hash_bin(std::string_view bytes, int64_t bins, const Salt& salt);

}  // namespace reel
