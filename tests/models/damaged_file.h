// Hostile input for readers: whatever the bytes, a reader returns or throws DataError, and nothing else happens.
#pragma once

#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/formats/bytes.h"

namespace reel::testing {

using Bytes = std::vector<std::byte>;

inline Bytes to_bytes(std::string_view text) {
  const std::span<const std::byte> bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

/// The bytes that hexadecimal digits spell.
inline Bytes from_hex(std::string_view digits) {
  Bytes out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    out.push_back(static_cast<std::byte>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

/// What `read` throws, "" when it returns; "not a DataError: ..." when it is of another kind.
template <class Read>
std::string complaint(Read&& read) {
  try {
    read();
    return "";
  } catch (const DataError& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("not a DataError: ") + error.what();
  }
}

/// "" when `read` throws DataError for every proper prefix of `file`, otherwise the first length that it accepts.
template <class Read>
std::string accepted_prefix(const Bytes& file, Read&& read) {
  for (size_t length = 0; length < file.size(); ++length) {
    // A copy of exactly this size, so that a sanitizer sees the first byte read past it.
    const Bytes prefix(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
    const std::string what = complaint([&] { read(prefix); });
    if (what.empty() || what.starts_with("not a")) return "length " + std::to_string(length) + ": " + what;
  }
  return "";
}

/// "" when `read` returns or throws DataError whichever byte of `file` is changed, otherwise the first other outcome.
template <class Read>
std::string harmful_change(const Bytes& file, Read&& read) {
  for (size_t i = 0; i < file.size(); ++i) {
    for (const int change : {0x01, 0x20, 0x80, 0xff}) {
      Bytes changed = file;
      changed[i] ^= static_cast<std::byte>(change);
      const std::string what = complaint([&] { read(changed); });
      if (what.starts_with("not a")) return "byte " + std::to_string(i) + ": " + what;
    }
  }
  return "";
}

}  // namespace reel::testing
