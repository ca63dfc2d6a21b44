// An op with values to run it on, by nothing but Op::run, in memory that tells what it does beside.
#pragma once

#include <string>
#include <vector>

#include "reel/autodiff/checking/guarded.h"
#include "reel/graph/graph.h"

namespace reel::checking {

/// One node of what is checked, its operands at hand.
struct Subject {
  OpPtr op;
  std::vector<Type> types;     ///< of the operands as recorded, with symbolic rows if they have them
  Type type;                   ///< of the output
  std::vector<Tensor> values;  ///< of the operands
  std::vector<Tensor> others;  ///< other values of theirs, to put in place of some
  int64_t batch_rows = 1;

  bool by_row(size_t input) const { return op->by_row(input, types, type); }
  /// Whether blocks are cut from rows of the batch.
  bool is_of_batch() const;
  /// Rows that blocks are cut from: of the output, or if it sums over them, of its inputs.
  int64_t extent() const;
  /// The type of what it writes to: of doubles for sums that are taken in doubles.
  Type written() const;
  /// The same with another op, of which the operands are these.
  Subject with(OpPtr other, std::vector<Type> other_types, std::vector<Tensor> other_values) const;
  Subject with(OpPtr other) const { return with(std::move(other), types, values); }
  [[noreturn]] void fail(const std::string& what) const;
};

/// How blocks are run.
struct Setting {
  std::byte filler = kFillers[0];  ///< what memory holds that is no operand's
  int64_t gap = 0;       ///< bytes between rows of operands that are read by row, and of an elementwise output
  int64_t shift = 0;     ///< further into a batch that has as many more rows
  int overwritten = -1;  ///< the input whose memory the output takes
};

/// One block: makes its memory, and looks at it afterwards.
class BlockRun {
 public:
  /// Of rows [first, first + count). An op that accumulates adds to `sum`, which holds these rows, or all if it reduces
  /// them; what others are given to write to holds the filler.
  BlockRun(const Subject& subject, int64_t first, int64_t count, const Setting& setting, const Tensor& sum);

  const Block& block() const { return block_; }
  /// Throws OpCheckError for whatever was written beside the output. Copies that to `to`, [count rows] or all.
  void finish(Tensor& to);

 private:
  void lay_out_input(size_t input);
  void lay_out_output(const Tensor& sum);
  bool is_overwritten(size_t input) const { return setting_.overwritten == static_cast<int>(input); }
  void require_untouched(const Guarded& memory, const std::string& what, const std::string& size) const;
  void require_unchanged(size_t input);
  std::string rows_text() const;

  const Subject& subject_;
  int64_t first_, count_;
  Setting setting_;
  bool whole_;  // whether the output is, whatever the block
  int64_t output_gap_;
  Type written_;
  std::vector<Guarded> inputs_;
  std::vector<Operand> operands_;
  std::vector<Guarded> output_, scratch_;  // at most one each
  std::byte* output_begin_ = nullptr;
  Block block_;
};

/// What the op gives for rows [first, first + count) by themselves, or with a sum over them: what they sum up to.
Tensor run_rows(const Subject& subject, int64_t first, int64_t count, const Setting& setting = {});
/// What it gives when blocks of these sizes are run one after the other, over and over until all rows are done.
Tensor run_cut(const Subject& subject, const std::vector<int64_t>& sizes, const Setting& setting = {});
/// All rows in one block.
Tensor run_whole(const Subject& subject, const Setting& setting = {});

bool same_bits(const Tensor& a, const Tensor& b);
/// Whether two numbers are equal, both NaN, or apart by the margin at most.
bool are_near(double a, double b, double margin);
/// The largest of the finite magnitudes, 1 at least.
double largest_of(const Tensor& values);
/// A shape with the symbolic rows replaced.
Shape concrete(const Shape& shape, int64_t batch_rows);

}  // namespace reel::checking
