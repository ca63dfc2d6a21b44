// Rows of others in another order, or some of them: what a stream has for shuffling, and what ranks share.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reel/models/training/row_stream.h"
#include "reel/models/training/samples.h"

namespace reel {

/// Rows of a stream, mixed with those near to them: each is drawn from `buffer_rows` of the next ones, of the memory of
/// which it needs no more. The order follows from the seed and the number of the pass. tf.data's
/// `shuffle(buffer_size, seed)`. Rows that can be read by number need it not: `fit` shuffles them all.
class ShuffledStream final : public RowStream {
 public:
  /// The stream must outlive this. Throws ValueError unless buffer_rows > 0.
  ShuffledStream(RowStream& of, int64_t buffer_rows, uint64_t seed = 0);
  DataTypes types() const override { return of_.types(); }
  std::optional<int64_t> row_count() const override { return of_.row_count(); }
  bool reads_ahead() const override { return of_.reads_ahead(); }

 private:
  int64_t read_rows(int64_t count, std::span<Tensor> to) override;
  bool go_to(int64_t row) override;
  void fill();

  RowStream& of_;
  int64_t buffer_rows_, held_ = 0;
  uint64_t seed_, pass_ = 0;
  Random random_;
  std::vector<Tensor> buffer_;
};

/// Rows index, index + count, index + 2 count, ... of others: tf.data's `shard`. Of rows that can be read by number
/// only these are read; of a stream all, up to the last of them.
Samples shard(const Samples& of, int64_t index, int64_t count);

class ShardedStream final : public RowStream {
 public:
  /// The stream must outlive this. Throws ValueError unless 0 <= index < count.
  ShardedStream(RowStream& of, int64_t index, int64_t count);
  DataTypes types() const override { return of_.types(); }
  std::optional<int64_t> row_count() const override;
  bool can_seek() const override { return of_.can_seek(); }
  bool reads_ahead() const override { return of_.reads_ahead(); }

 private:
  int64_t read_rows(int64_t count, std::span<Tensor> to) override;
  bool go_to(int64_t row) override;

  RowStream& of_;
  int64_t index_, count_, next_ = 0;  // row of this stream
};

}  // namespace reel
