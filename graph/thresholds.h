// Thresholds of passes, planner and executor: at which sizes one way of running begins to beat another, and what was
// measured for each. Some say how sums are cut, and so decide the bits of weights (docs/reproducibility.md).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace reel {

// Caches. What fits is found there again.

/// What values that die soon may take of a near cache. Apart from kept values in the arena: gathers from 7.5 to 3.9,
/// slices from 4.9 to 2.5, multiplications from 16.6 to 14.1 of 220 ms of two threads of `lstm`.
inline constexpr int64_t kNearBytes = 512 << 10;
/// A sum that the nearest cache holds.
inline constexpr int64_t kNearestBytes = 32 << 10;

// Passes.

/// Elements of a constant that is computed once and kept; larger ones are cheaper to compute again than to keep.
inline constexpr int64_t kMostFolded = 1024;
/// Ops that are made anew from what was expanded at a step, not expanded themselves: a product and its bias. Expanding
/// before a square product, too, to take in its addend: no faster, and states twice, 8.6 to 16.9 MB.
inline constexpr size_t kLongestChain = 2;
/// Bytes of a sum over the batch that is cut by rows of its own: each tile would have as much memory to clear, to add
/// to, and to join. With it and the tiles of 16 KB below, a step of Dense 2000-2000-2000-10 with Adam and 32 rows took
/// 38 instead of 66 ms.
inline constexpr int64_t kLargeSumBytes = 1 << 20;
/// Rows of its inputs, which are kept for the whole batch instead, that may take no more than the sum.
inline constexpr int64_t kLargeSumRows = 64;
/// How many values of the batch may be read to make one again, itself and all that leads to it: a product of two, of
/// which one is an activation, at a place where prefixes part. `lstm` from 75.3 to 70.2 ms, from 242 to 222 MB.
inline constexpr int kMostReadsAgain = 4;

// Leaves and tiles.

/// Small batches are cut finely enough for several threads, and a tile is coarse enough to amortise the weights it
/// reads. Of tiles of 16, 24, 48 and 64 rows the last were 5 % faster on two threads, but leave nothing for a third at
/// batches of 128.
inline constexpr int64_t kLeastLeafRows = 8, kBatchTileRows = 32;
/// Operations of a leaf to an element of what it sums over rows, below which clearing and joining the sums shows.
inline constexpr double kWorthALeaf = 192;
/// What a tile costs beside its rows, in leaves.
inline constexpr double kTileOverhead = 0.35;
/// What a value of one tile of the batch may take, unless one row takes more.
inline constexpr int64_t kBatchTileBytes = 4 << 20;
/// Rows whose widest value fills about this many bytes make a tile of a fixed extent. Updates of weights went by 8 rows
/// before: see kLargeSumBytes.
inline constexpr int64_t kTileBytes = 16 << 10;
/// The most rows of any tile.
inline constexpr int64_t kMostTileRows = 1024;
/// Where tiles fetch this much or more for one node beside their rows, they are larger: of a fixed extent, and of the
/// batch. Products of 1024 square by tiles of 8, then 128 rows: from 24 to 145 GFLOP/s on two threads.
inline constexpr int64_t kHeavyBytes = 128 << 10, kHeavyBatchBytes = 1 << 20;
inline constexpr int64_t kHeavyLeafRows = 64;
/// The least rows of a leaf of the batch then, if no sum is as large: a step of Dense 2000-2000-2000-10 with 32 rows on
/// two threads from 28 to 24 ms.
inline constexpr int64_t kLeastHeavyLeafRows = 16;
/// The most rows of such a tile, and what its values may take for it to have more than `kHeavyLeafRows`. 4096 square
/// from 96 to 121 GFLOP/s on one thread, on two from 186 to 221 and more.
inline constexpr int64_t kHeavyTileRows = 192, kHeavyTileBytes = 64 << 20;
static_assert(std::max({kBatchTileRows, kHeavyLeafRows, kHeavyTileRows}) <= kMostTileRows);
/// The least rows of such a tile of a fixed extent: where values are made by row, and where an accumulator is cleared
/// and joined.
inline constexpr int64_t kLeastHeavyRows = 32, kLeastSummedRows = 512;

// Stages and memory.

/// A node whose value and operands have no more elements than this, and are not of the batch, runs as a whole.
inline constexpr int64_t kSmallElements = 4096;
/// How many contractions add to one accumulator together, and how many where a sum that the nearest cache does not hold
/// is read and written for few operands: rows of both of at most so many bytes. Four instead of one: 31 to 27 ms of
/// weight gradients of `simple_rnn`; eight instead of four: 3 % of a step of `lstm` and `gru`.
inline constexpr int32_t kContractions = 8, kNarrowContractions = 16;
inline constexpr int64_t kNarrowRowBytes = 1 << 10;
/// Bytes of a sparse sum, and of a row of it, from which on only rows that are added to are zeroed and joined: sums
/// over tiles from 10 to 4 of 270 ms of two threads of `lstm`.
inline constexpr int64_t kWorthMarking = 64 << 10, kWorthMarkingRow = 64;
/// What is held for no more instructions than this does no harm, however little of it is in use.
inline constexpr int64_t kHeldBriefly = 64;

// Threads.

/// Below this estimated work (vector operations) waking another thread costs more than it saves.
inline constexpr double kWorthAThread = 20'000;
/// A part of the sums over rows that one thread joins at a time, and the least sums that are worth several: joins that
/// are left once no tile is, from 2.2 to 2.9 % of two threads of `simple_rnn` to 0.6.
inline constexpr size_t kJoinedPartBytes = 32 << 10, kWorthSplittingBytes = 8 * kJoinedPartBytes;

}  // namespace reel
