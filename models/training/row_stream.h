// RowStream: rows that come one after the other, of which there may be no end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "reel/models/training/batches.h"
#include "reel/models/training/data_types.h"

namespace reel {

/// Rows that cannot be asked for by number, as a SampleSource's can: those of a log, a socket, a table larger than
/// memory, or made without end. Derive from it for data of your own. `fit`, `evaluate` and `predict` take one in place
/// of x and y, and hold two batches of it, however long it is.
///
///   class Noise : public RowStream {
///     DataTypes types() const override { return {{{DType::f32, {rows, 8}}}, {{DType::f32, {rows, 1}}}}; }
///     int64_t read_rows(int64_t count, std::span<Tensor> to) override { …; return count; }
///   };
///   Noise noise;
///   model.fit(noise, {.epochs = 10, .steps_per_epoch = 1000});
///
/// Rows are used in the order in which they come: `shuffle` and balancing take rows by number, which a stream does not
/// have (`ShuffledStream` mixes neighbours). A stream goes on where it is, epoch after epoch and call after call, and
/// begins again, where it can, once its rows have ended. Source: what Keras's `fit` takes a generator for.
class RowStream {
 public:
  virtual ~RowStream() = default;
  /// Of rows: [rows, ...] for each input of the model, then for each output, then for the weights of each output's
  /// rows, of which there may be none. It does not change.
  virtual DataTypes types() const = 0;
  /// How many rows there are from the first to the last, where that is known.
  virtual std::optional<int64_t> row_count() const { return std::nullopt; }
  /// Whether `seek` can go to any row: training is then resumed without reading all rows before.
  virtual bool can_seek() const { return false; }
  /// As SampleSource's: whether the next batch may be read on a thread of its own.
  virtual bool reads_ahead() const { return true; }

  /// Reads the next rows into the first rows of `to`, which has a tensor [at least count, ...] for each of `types()`,
  /// empty where there is none; returns how many there were: fewer than `count` only where they end. Throws ShapeError
  /// where another tensor was put in the place of one, ValueError for a number of rows that is none, and what the
  /// stream throws.
  int64_t read(int64_t count, std::span<Tensor> to);
  /// The number of the row that `read` gives next, counted from the first.
  int64_t position() const { return position_ - held_count(); }
  /// Goes to a row: the first, or any if `can_seek`; further on also by reading what is before. Throws ValueError where
  /// it cannot.
  void seek(int64_t row);
  /// Whether the first row can be gone to again.
  bool rewind();
  /// Rows that have been read, and are to be read again before all others.
  void take_back(const Batch& batch);

 protected:
  /// Writes up to `count` of the next rows into `to`, as `read` says, and returns how many.
  virtual int64_t read_rows(int64_t count, std::span<Tensor> to) = 0;
  /// Goes on with this row, which is the first unless `can_seek`. False where it cannot be.
  virtual bool go_to(int64_t row) { return row == position_; }

 private:
  int64_t held_count() const { return held_.empty() ? 0 : held_[0].shape()[0]; }
  int64_t read_held(int64_t count, std::span<Tensor> to);

  int64_t position_ = 0;      // of the source
  std::vector<Tensor> held_;  // rows before it that are to be given again
};

/// A stream of what a function makes: one row a call, into tensors [1, ...] for each of the types; false ends it.
class GeneratedRows final : public RowStream {
 public:
  using Make = std::function<bool(std::span<Tensor> row)>;
  GeneratedRows(DataTypes types, Make make) : types_(std::move(types)), make_(std::move(make)) {}
  DataTypes types() const override { return types_; }

 private:
  int64_t read_rows(int64_t count, std::span<Tensor> to) override;

  DataTypes types_;
  Make make_;
  std::vector<Tensor> row_;
};

/// Batches of a stream, for the loops of fit, evaluate and predict.
class StreamBatches final : public BatchSource {
 public:
  /// Throws ValueError unless batch_size > 0, ShapeError for types that are no rows.
  StreamBatches(RowStream& stream, int64_t batch_size);

  ~StreamBatches() override;
  StreamBatches(const StreamBatches&) = delete;
  StreamBatches& operator=(const StreamBatches&) = delete;

  std::optional<int64_t> count() const override;
  bool start(Random* random) override;
  bool goes_on() const override { return goes_on_; }
  bool read(Batch& to) override;
  void skip(int64_t batches) override;
  void take_back(const Batch& batch) override { stream_.take_back(batch); }
  bool reads_ahead() const override { return stream_.reads_ahead(); }

 private:
  bool read_rows(Batch& to);

  RowStream& stream_;
  std::vector<Type> types_;
  int64_t batch_size_;
  Batch first_;  // of the pass, read when it begins
  bool has_first_ = false, goes_on_ = false;
};

}  // namespace reel
