// Rows of a data set, batch by batch.
#pragma once

#include <algorithm>
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

/// Reads samples of equal row count in batches; the last batch is smaller if it must be. What is empty stays empty.
class BatchReader {
 public:
  /// Throws ValueError unless batch_size > 0; one beyond the rows takes them all. ShapeError for data of unequal rows.
  BatchReader(std::vector<Samples> data, int64_t batch_size);

  int64_t count() const { return (row_count_ + batch_size_ - 1) / batch_size_; }
  /// Begins a pass: in a new order drawn from `random` (Fisher and Yates), each batch balanced by its first data, or in
  /// the rows' own. Either way each row is read once.
  void start(Random* random);
  /// Leaves out so many batches of the pass, as if they had been read.
  void skip(int64_t batches) { next_ = std::min(row_count_, next_ + batches * batch_size_); }
  /// The next batch; valid until the call after.
  const std::vector<Tensor>& next();

  /// Calls `use`, of the batch that `next` gave last. A mistake in a row is told by the row's number in the data.
  template <class Use>
  auto in_data(Use&& use) const {
    try {
      return use();
    } catch (const RowError& error) {
      throw error.in_row(row_in_data(error.row()), "the data");
    }
  }

 private:
  int64_t row_in_data(int64_t row_of_batch) const;
  Tensor in_order(size_t which, std::span<const int64_t> order);
  Tensor balanced(std::span<int64_t> order);
  Tensor& buffer(size_t which);

  std::vector<Samples> data_;
  std::vector<Tensor> batch_, buffers_;
  Tensor unbalanced_;  // as the first of the buffers
  int64_t row_count_, batch_size_, next_ = 0;
  std::vector<int64_t> order_;  // empty: the rows' own order
};

}  // namespace reel
