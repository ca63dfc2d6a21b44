// The rows of a data set: those of a tensor, or made when a model reads them.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "reel/graph/tensor.h"
#include "reel/models/layer/strings.h"

namespace reel {

/// Rows that are made when they are read, and need not all be in memory: derive from it for data of your own.
/// Source: Keras `utils.PyDataset`, by the row and not by the batch, so that shuffling mixes all rows.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  /// What all rows would be as one tensor, [n, ...]. It does not change.
  virtual Type type() const = 0;
  /// Writes the rows of these numbers, of 0 to n - 1 in any order, one after the other from the beginning of `to`,
  /// [at least numbers.size(), ...], whose elements it sets: another tensor in its place is refused. What it throws
  /// comes out of `fit`, `evaluate` or `predict`.
  virtual void read(std::span<const int64_t> numbers, Tensor& to) const = 0;
  /// Whether `fit`, `evaluate` and `predict` may have the next batch read on a thread of its own while a step runs: one
  /// at a time, in the same order, and never while callbacks run. A call of a model in there waits for the step, and
  /// from then on rows are read between steps. False for a source that follows what else changes meanwhile, needs the
  /// caller's thread, or gives rows as fast as they are copied.
  virtual bool reads_ahead() const { return true; }
};

/// For sources, before they read. Throws ValueError for a number of no row of `type`, ShapeError unless `to` has such
/// rows, as many as are asked for at least.
void check_read(const Type& type, std::span<const int64_t> numbers, const Tensor& to);

/// A handle on rows, as a Tensor is one on elements. What takes Samples takes a Tensor, [n, ...], and a SampleSource.
class Samples {
 public:
  Samples() = default;
  Samples(Tensor tensor) : type_(tensor.type()), tensor_(std::move(tensor)) {}
  /// Of nested vectors of numbers, as a Tensor is.
  template <Nested R>
  Samples(const R& values) : Samples(Tensor(values)) {}
  /// Texts, for a model whose layers read them.
  Samples(Strings texts) : type_{DType::f32, texts.shape()}, texts_(std::move(texts)) {}
  Samples(std::vector<std::string> texts) : Samples(Strings(std::move(texts))) {}
  Samples(const std::vector<std::vector<std::string>>& rows_of) : Samples(Strings(rows_of)) {}
  /// Throws ShapeError for a source of no concrete type [n, ...], ValueError for none.
  Samples(std::shared_ptr<const SampleSource> source);
  template <std::derived_from<SampleSource> Source>
  Samples(std::shared_ptr<Source> source) : Samples(std::shared_ptr<const SampleSource>(std::move(source))) {}
  template <std::derived_from<SampleSource> Source>
  Samples(Source source) : Samples(std::make_shared<const Source>(std::move(source))) {}

  explicit operator bool() const { return tensor_ || source_ || texts_; }
  /// Texts have a shape, no dtype that counts, and are not read as tensors.
  bool is_text() const { return static_cast<bool>(texts_); }
  const Strings& texts() const { return texts_; }
  /// Whether it is a tensor; or empty.
  bool is_in_memory() const { return !source_; }
  /// Whether batches may be read ahead: those of a tensor are there already.
  bool reads_ahead() const { return !source_ || source_->reads_ahead(); }
  const Type& type() const { return type_; }
  DType dtype() const { return type_.dtype; }
  const Shape& shape() const { return type_.shape; }

  /// Rows [begin, end). Throws ValueError where they are not there.
  Samples slice_rows(int64_t begin, int64_t end) const;
  /// Rows [begin, end) as a tensor; those of a tensor share its memory.
  Tensor read(int64_t begin, int64_t end) const;
  /// A tensor of the rows of these numbers, each of 0 to n - 1, in this order. As all reading, it throws ValueError for
  /// a row that is not there, and ShapeError where a source puts another tensor in place of the one that it is given.
  Tensor read(std::span<const int64_t> numbers) const;
  /// The same into the first rows of `to`. Throws ShapeError where `to` is of another type or has too few rows.
  void read(std::span<const int64_t> numbers, Tensor& to) const;

 private:
  void refuse_text() const;
  void read_source(std::span<const int64_t> numbers, Tensor& to) const;

  Type type_;
  Strings texts_;  // or, if empty:
  Tensor tensor_;  // or, if empty:
  std::shared_ptr<const SampleSource> source_;
  int64_t first_ = 0;  // of the source's rows
};

}  // namespace reel
