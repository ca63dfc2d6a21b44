// The exceptions Reel throws. A user's mistake throws one of these with one line that says what was expected, what
// came, and where; a broken invariant of our own asserts.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "reel/graph/printable.h"

namespace reel {

/// Root of everything Reel throws on purpose; `what()` is one line, fit to be shown as it is: whatever bytes of files,
/// names and paths got into the message, they are `printable`.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(printable(message)) {}
};

/// Shapes or element types that do not fit together.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A value outside what the operation allows, such as a word id past the end of its table.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// A ValueError about one row of a batch: "<before>row <row> of the batch<after>". Who knows where the batch comes from
/// tells the row by its number there.
class RowError : public ValueError {
 public:
  RowError(std::string before, int64_t row, std::string after, std::string_view of = "the batch")
      : ValueError(before + "row " + std::to_string(row) + " of " + std::string(of) + after),
        before_(std::move(before)),
        after_(std::move(after)),
        row_(row) {}

  int64_t row() const { return row_; }
  RowError in_row(int64_t row, std::string_view of) const { return {before_, row, after_, of}; }
  RowError with_place(const std::string& place) const { return {before_, row_, after_ + place}; }

 private:
  std::string before_, after_;
  int64_t row_;
};

/// A file or stream that is missing, cut short, damaged or of another kind.
class DataError : public Error {
 public:
  using Error::Error;
};

/// A computation that left the finite numbers.
class NumericError : public Error {
 public:
  using Error::Error;
};

/// More memory than the machine has or gives.
class MemoryError : public Error {
 public:
  using Error::Error;
};

}  // namespace reel
