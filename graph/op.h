// Op: what an operation says about itself, once. Passes, planner and executor read these answers and never a name,
// so an op written elsewhere is tiled, hoisted, accumulated and checked like one of ours.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/marks.h"
#include "reel/graph/often_added.h"
#include "reel/graph/prefix_tree.h"
#include "reel/graph/shape.h"
#include "reel/graph/var.h"

namespace reel {

/// One operand as a kernel sees it. `data` points at the first row of the block for operands read by row, and at the
/// first element for operands read whole; `type` describes the whole value.
struct Operand {
  const std::byte* data;
  const Type* type;
  /// Bytes between the end of a row and the beginning of the next; 0 for an op that is not `strided`.
  int64_t gap = 0;

  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(data);
  }
};

/// A piece of work: compute `rows` rows of the output, from row `first_row` on. For an op that reduces rows, the rows
/// are those of its inputs, and the output is the whole accumulator to add into.
struct Block {
  int64_t rows = 0;
  int64_t first_row = 0;
  /// What the symbolic row count is in this run.
  int64_t batch_rows = 0;
  std::span<const Operand> inputs;
  std::byte* output = nullptr;
  const Type* type = nullptr;  ///< of doubles where an op that `adds_to_doubles` is given such an accumulator
  /// Of the output, as of operands; 0 unless the op is elementwise, too.
  int64_t gap = 0;
  /// For an op that is sparse, which rows of the output have been added to, and what has been added to those that often
  /// are: `sparse_row` keeps both. Null where the whole output has been zeroed, or is of doubles.
  uint64_t* marks = nullptr;
  OftenAdded* often = nullptr;
  /// Memory of as many bytes as `scratch_bytes` asks for, aligned as values are, that holds anything; null if none.
  std::byte* scratch = nullptr;
  /// Of the tile; null where no value is kept by prefix.
  const PrefixTree* prefixes = nullptr;

  template <class T>
  const T* in(size_t i) const {
    return inputs[i].as<T>();
  }
  template <class T>
  T* out() const {
    return reinterpret_cast<T*>(output);
  }
  /// For an op that is sparse: where to add once to row `row` of the output, of `width` elements.
  template <class T>
  T* sparse_row(int64_t row, int64_t width) const {
    T* at = out<T>() + row * width;
    if (marks != nullptr && mark(marks, row)) std::fill_n(at, width, T(0));
    if (often != nullptr && often->is_due(row)) often->take(row, out<float>() + row * width, width);
    return at;
  }
};

struct Traits {
  /// Output element i depends on element i of each input, after broadcasting.
  bool elementwise = false;
  /// Maps every vector along the last axis of input 0 to one along the last axis of the output, each by itself.
  bool vectorwise = false;
  /// output[i...] = input 0 [input 1 [i...]], rows of a table picked by ids.
  bool gather = false;
  /// The output is the sum of all inputs, after broadcasting.
  bool sum = false;
  /// `run` adds into its output, which starts as zeros: sums of such ops share one accumulator.
  bool accumulates = false;
  /// The output sums over axis 0 of the inputs read by row, and has no row axis itself. Implies `accumulates`.
  bool reduces_rows = false;
  /// Reduces rows, and can add floats to an accumulator of doubles, which is rounded once: `Block::type` tells.
  bool adds_to_doubles = false;
  /// Reduces rows, and adds to few rows of the output, each of which it asks `Block::sparse_row` for.
  bool sparse = false;
  /// Takes operands whose rows lie apart, and if elementwise writes such an output (`gap`).
  bool strided = false;
  /// Several of the same op into one accumulator run best together, by `run_many`.
  bool contraction = false;
  /// Its gradient is finite wherever its inputs are, unlike that of a logarithm: elements that nobody reads may be
  /// computed as well, for 0 times it is 0.
  bool finite_gradient = false;
  /// What a row gives depends on where it stands in the batch, or on how many there are (`Block::first_row` and
  /// `batch_rows`), as a random number by row does.
  bool positional = false;
};

class Op;
using OpPtr = std::shared_ptr<const Op>;

/// An operand that an op would rather read in another layout, made once instead of at each use.
struct Prepack {
  size_t input;        ///< which operand
  int64_t least_rows;  ///< from how many rows on it pays, computed from the operand by however many nodes
  OpPtr pack;          ///< one-input op that makes the layout
  OpPtr consumer;      ///< what replaces the op once the operand is packed
};

/// Where an op puts its only input in an output that is zeros elsewhere: at [begin, begin + size) of an axis.
struct Placement {
  int axis;
  int64_t begin, size;
  OpPtr join;  ///< lays any number of values one after the other along the axis
};

class Op {
 public:
  virtual ~Op() = default;

  virtual std::string_view name() const = 0;
  /// What distinguishes this op from others of its class and name, as "axis=1, index=3"; equal text means equal
  /// behaviour, and a graph keeps only one of such ops.
  virtual std::string attributes() const { return {}; }
  virtual Traits traits() const { return {}; }

  /// Type of the output. Throws ShapeError, with every shape, when the inputs do not fit.
  virtual Type infer(std::span<const Type> inputs) const = 0;

  /// Whether output row i needs only row i of this input (true), or all of it (false). For an op that reduces rows:
  /// whether the input is cut along the reduced axis.
  virtual bool by_row(size_t input, std::span<const Type> inputs, const Type& output) const;

  /// Whether it only moves whole blocks of the last `trailing` axes of input 0, so that it means the same on a value
  /// without those axes.
  virtual bool moves_blocks(int /*trailing*/, const Type& /*input*/) const { return false; }

  /// The one index along axis 1 of input 0 that the output depends on, if there is such.
  virtual std::optional<int64_t> column() const { return std::nullopt; }

  /// Set if all it does is to surround its input with zeros.
  virtual std::optional<Placement> placement(const Type& /*input*/) const { return std::nullopt; }

  /// Set if all it does is to pick a part of each row of its input that lies in one piece: where that begins, in bytes.
  virtual std::optional<int64_t> part_of_row(const Type& /*input*/) const { return std::nullopt; }

  /// Whether each row of the output is the same row of all inputs, one after the other in memory.
  virtual bool joins_rows() const { return false; }

  /// The rows of the output when the inputs read by row have those of `inputs`.
  virtual RowSpace row_space(RowSpace inputs) const { return inputs; }

  /// Whether the output may take the memory of this input, if both have the same type and nobody else needs it.
  virtual bool may_overwrite(size_t /*input*/, std::span<const Type> /*inputs*/) const { return traits().elementwise; }

  /// The op that computes the same and adds one more input to the same bits as an addition of its own, be it of the
  /// output's type and read by row, or a vector along the output's last axis; null if there is none.
  virtual OpPtr with_addend() const { return nullptr; }

  /// The better layout of an operand, if there is one. A batch counts as many rows as are assumed.
  virtual std::optional<Prepack> prepack(std::span<const Type> /*inputs*/) const { return std::nullopt; }

  /// For an op that reduces rows: the one that computes the same sum by rows of the output, from all rows of its
  /// inputs; null if there is none.
  virtual OpPtr by_output_rows() const { return nullptr; }

  /// Floating-point operations for one row, for profiles and cost models; 0 when it only moves data. Inputs that are
  /// read whole have concrete types.
  virtual double flops_per_row(std::span<const Type> /*inputs*/, const Type& /*output*/) const { return 0; }

  /// Bytes that `run` needs beside its operands, for a block of at most so many rows: they are planned as values are,
  /// and shared with what does not run at the same time. Blocks of `run_many` share them, one after the other.
  virtual int64_t scratch_bytes(std::span<const Type> /*inputs*/, const Type& /*output*/, int64_t /*most_rows*/) const {
    return 0;
  }

  /// Computes the block. Throws ValueError for operand values it cannot take.
  virtual void run(const Block& block) const = 0;

  /// Computes blocks that all add into one output, one after the other.
  virtual void run_many(std::span<const Block> blocks) const {
    for (const Block& block : blocks) run(block);
  }

  /// Adjoints of the inputs given the adjoint `dy` of the output, written in Vars so that they can be differentiated
  /// again: one for each input, of its type, or an empty Var where none flows. Throws Error for an op that has no
  /// gradient.
  virtual std::vector<Var> gradient(std::span<const Var> inputs, Var output, Var dy) const;
};

}  // namespace reel
