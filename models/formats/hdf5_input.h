// The bytes of an HDF5 file: each access is held against their bounds. Source of the layout: the HDF5 File Format
// Specification, version 3.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reel/models/formats/memory_budget.h"

namespace reel {

/// A file that is being read.
class Hdf5Input {
 public:
  /// May take the memory of a file of `counted_bytes`.
  Hdf5Input(std::span<const std::byte> bytes, std::string_view source, uint64_t counted_bytes)
      : source_(source), bytes_(bytes), budget_(source, counted_bytes) {}

  MemoryBudget& budget() { return budget_; }
  uint64_t size() const { return bytes_.size(); }
  /// Bytes of an address in the file, and of a length: 8 of each nearly always.
  int address_width() const { return address_width_; }
  int length_width() const { return length_width_; }
  void set_widths(int of_address, int of_length) { address_width_ = of_address, length_width_ = of_length; }
  /// All bits set, for what has no place in the file.
  bool is_undefined(uint64_t address) const { return address == ~uint64_t{0} >> (64 - 8 * address_width_); }

  /// The part of the file; throws DataError where it ends before that.
  std::span<const std::byte> part(uint64_t address, uint64_t size) const;
  /// Where a part of the file begins.
  uint64_t offset_of(std::span<const std::byte> part) const {
    return static_cast<uint64_t>(part.data() - bytes_.data());
  }

  /// The source and the object that is being read, for messages.
  std::string name() const;
  /// DataError with that.
  [[noreturn]] void fail(std::string_view what) const;
  /// The same with the place in the file.
  [[noreturn]] void fail_at(uint64_t offset, std::string_view what) const;

  /// Names the object that is read in a scope: "layers/dense", of an attribute "layers/dense@name".
  class Within {
   public:
    Within(Hdf5Input& input, std::string_view name, char separator = '/');
    ~Within() { input_.place_.resize(before_); }
    Within(const Within&) = delete;

   private:
    Hdf5Input& input_;
    size_t before_;
  };

 private:
  std::string source_, place_;
  std::span<const std::byte> bytes_;
  MemoryBudget budget_;
  int address_width_ = 8, length_width_ = 8;
};

/// Reads on from a place, to the end of a part. Numbers are little-endian.
class Hdf5Cursor {
 public:
  Hdf5Cursor(const Hdf5Input& input, std::span<const std::byte> part) : input_(input), part_(part) {}
  /// From an address to the end of the file.
  Hdf5Cursor(const Hdf5Input& input, uint64_t address)
      : Hdf5Cursor(input, input.part(address, input.size() - std::min(address, input.size()))) {}

  std::span<const std::byte> take(uint64_t size);
  void skip(uint64_t size) { take(size); }
  /// Of up to 8 bytes.
  uint64_t number(int width);
  int byte() { return static_cast<int>(number(1)); }
  uint64_t address() { return number(input_.address_width()); }
  uint64_t length() { return number(input_.length_width()); }
  /// Throws DataError, saying that `what` was expected, for bytes other than `signature`.
  void expect(std::string_view signature, std::string_view what);
  /// The same for a byte, such as a version.
  void expect(int value, std::string_view what);

  uint64_t left() const { return part_.size(); }
  uint64_t offset() const { return input_.offset_of(part_); }
  [[noreturn]] void fail(std::string_view what) const { input_.fail_at(offset(), what); }

 private:
  const Hdf5Input& input_;
  std::span<const std::byte> part_;
};

}  // namespace reel
