// Rows of a data set, batch by batch.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/training/samples.h"

namespace reel {

/// Puts the rows of each batch into an order of which every stretch has about as much to compute as any other of its
/// length, so that tiles are done at the same time: sequences that begin with one id again and again, as padding does,
/// share what comes of it, and take turns with longer ones. `order` holds rows of x, batch after batch; of other data
/// than ids [n, steps] it stays as it is. Throws ValueError unless batch_size > 0, and for rows that x does not have.
void balance_batches(std::span<int64_t> order, const Samples& x, int64_t batch_size);

/// Rows that are read together, and where they stand in the data.
struct Batch {
  std::vector<Tensor> data;  ///< what a step takes; what is empty stays empty
  int64_t first_row = 0;
  std::vector<int64_t> numbers = {};  ///< of its rows in the data; none: from `first_row` on, one after the other
  /// What `data` may lie in, for whoever reads the next one into this.
  std::vector<Tensor> buffers = {};
  Tensor unbalanced = {};

  int64_t row_count() const { return data[0].shape()[0]; }
  int64_t row_in_data(int64_t row) const {
    return numbers.empty() ? first_row + row : numbers[static_cast<size_t>(row)];
  }
  /// Calls `use`, of this batch. A mistake in a row is told by the row's number in the data.
  template <class Use>
  auto in_data(Use&& use) const {
    try {
      return use();
    } catch (const RowError& error) {
      throw error.in_row(row_in_data(error.row()), "the data");
    }
  }
};

/// Batches one after the other, pass by pass.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// Of a pass, where that is known.
  virtual std::optional<int64_t> count() const = 0;
  /// Begins a pass, where rows can be told by their numbers in an order drawn from `random`, if there is one. False
  /// where there are no rows any more.
  virtual bool start(Random* random) = 0;
  /// Whether the last `start` went on behind what was read before, as a stream does until its rows end.
  virtual bool goes_on() const { return false; }
  /// Reads the next batch into `to`; the last one is smaller if it must be. False where the pass has ended.
  virtual bool read(Batch& to) = 0;
  /// Leaves out so many batches of the pass, as if they had been read. For batches that were not handed out yet.
  virtual void skip(int64_t batches);
  /// Takes back a batch that was read last, and that no one has seen: it is the next again.
  virtual void take_back(const Batch& batch) = 0;
  /// Whether it is worth it, and allowed, to read a batch on another thread while the one before is used.
  virtual bool reads_ahead() const = 0;
};

/// Batches of samples of equal row count, which are read by the rows' numbers.
class BatchReader final : public BatchSource {
 public:
  /// Throws ValueError unless batch_size > 0; one beyond the rows takes them all. ShapeError for data of unequal rows.
  BatchReader(std::vector<Samples> data, int64_t batch_size);

  std::optional<int64_t> count() const override { return (row_count_ + batch_size_ - 1) / batch_size_; }
  /// In a new order drawn from `random` (Fisher and Yates), each batch balanced by its first data, or in the rows' own.
  /// Either way each row is read once a pass.
  bool start(Random* random) override;
  bool read(Batch& to) override;
  void skip(int64_t batches) override;
  void take_back(const Batch& batch) override { next_ -= batch.row_count(); }
  bool reads_ahead() const override;

 private:
  void read_in_order(size_t which, Batch& to) const;
  void read_balanced(Batch& to) const;
  Tensor& buffer(size_t which, Batch& of) const;

  std::vector<Samples> data_;
  int64_t row_count_, batch_size_, next_ = 0;
  std::vector<int64_t> order_;  // empty: the rows' own order
};

}  // namespace reel
