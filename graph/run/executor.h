// The executor: runs the instructions of one stage after the other, tile by tile, on as many threads as pay.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "reel/graph/plan/traffic.h"
#include "reel/graph/run/first_failure.h"
#include "reel/graph/run/recorder.h"
#include "reel/graph/run/reduction_tree.h"
#include "reel/graph/run/rehearsal.h"

namespace reel {

/// (row, step) pairs of a sequence: how many prefixes tiles had to compute, and how many pairs there were.
struct SharedSteps {
  double distinct = 0, all = 0;
  double distinct_share() const { return all > 0 ? distinct / all : 1; }
};

class Executor {
 public:
  /// The plan must outlive it.
  explicit Executor(const Plan& plan);

  /// Where a buffer begins; to be set for all buffers before stages run.
  void set_buffer(size_t buffer, std::byte* data) { bases_[kFirstBuffer + buffer] = data; }
  /// Where a value begins that is not in an arena, once its stage has run.
  std::byte* address(const Location& home) const { return bases_[home.base] + home.offset; }

  /// Runs a stage whose symbolic rows are `batch_rows`. With `check`, tile after tile, and throws NumericError at the
  /// first output that is not finite. Throws what ops throw, with their place in the model; where several tiles fail,
  /// what the first of them by rows throws.
  void run_stage(size_t index, int64_t batch_rows, bool check);

  /// What is written down of the runs; a Recorder::Run must live while stages run, if anything is to be.
  Recorder& recorder() { return recorder_; }
  SharedSteps shared_steps() const { return shared_steps_; }

 private:
  /// Memory that grows as stages need it.
  struct Scratch {
    std::shared_ptr<std::byte[]> memory;
    size_t bytes = 0;

    std::byte* of_size(size_t needed, const char* what);
  };

  /// How a stage's rows are cut in a run.
  struct Cut {
    int64_t rows, leaf_rows, tile_rows;  // tiles are of whole leaves

    int64_t tiles() const { return (rows + tile_rows - 1) / tile_rows; }
    int64_t rows_of(int64_t tile) const { return std::min(tile_rows, rows - tile * tile_rows); }
  };

  /// Rows of a stage that run together.
  struct Tile {
    int64_t first_row = 0, row_count = 0, leaf_rows = 1;
    const PrefixTree* prefixes = nullptr;  // null where nothing is shared

    int64_t leaf_count() const { return (row_count + leaf_rows - 1) / leaf_rows; }
    /// The rows of a leaf, or of all, that a value has in a row space.
    PrefixTree::Range range(RowSpace space, int64_t leaf) const;
  };

  /// Where a leaf adds up what is summed over rows.
  struct Sums {
    std::byte *frame = nullptr, *doubles = nullptr;
    std::vector<OftenAdded> often = {};
  };

  /// What one thread needs for itself.
  struct Worker {
    Scratch arena, doubles;
    std::vector<std::byte*> bases;
    std::vector<Operand> operands;
    std::vector<Block> blocks;
    Tile tile;
    std::vector<Sums> sums;    // by leaf of the tile
    Record* record = nullptr;  // of the running stage; null unless something is written down
  };

  void run_cut(size_t index, const Cut& cut, int workers);
  void find_prefixes(const Cut& cut, int workers);
  void rehearse_tiles(size_t index, int workers);
  double* rehearse_tile(size_t index, const Tile& tile);
  void run_tiles(size_t index, const Cut& cut, int wanted, Worker& worker);
  void start_sums(size_t index, Worker& worker) const;
  void hand_in_sums(size_t index, bool is_last, Worker& worker) const;
  void finish_sums(size_t index, int wanted);
  void run_tile(size_t index, Worker& worker);
  void run_instruction(const Instruction& instruction, Worker& worker);
  void run_leaf(const Instruction& instruction, int64_t leaf, Worker& worker);
  void run_watched(const Instruction& instruction, std::span<const Block> blocks, Worker& worker) const;
  void check_output(const Instruction& instruction, const Block& block) const;

  const Plan& plan_;
  std::vector<std::unique_ptr<ReductionTree>> trees_;  // by stage; null where nothing is summed over rows
  std::vector<std::byte*> bases_;
  std::vector<Worker> workers_;
  Recorder recorder_;
  std::atomic<int64_t> next_tile_ = 0;
  FirstFailure failure_;              // of the running stage
  std::vector<PrefixTree> prefixes_;  // by tile of the running stage
  std::vector<int64_t> order_;        // of its tiles
  SharedSteps shared_steps_;
  int64_t batch_rows_ = 1;
  bool checking_ = false;
  Rehearsal* rehearsal_ = nullptr;  // of the running stage; null unless it is rehearsed
  std::vector<Traffic> traffic_;    // by stage, of batches of `traffic_rows_`; empty until one is rehearsed
  int64_t traffic_rows_ = 0;
};

}  // namespace reel
