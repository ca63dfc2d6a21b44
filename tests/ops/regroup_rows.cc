// Rows of the ops that move values between the rows of a batch and the distinct prefixes of its sequences. Which rows
// stand for others depends on how the batch is cut, so that each row puts together what does not: values that are equal
// for a prefix, and sums over all rows, of whole numbers, which are exact.
#include <array>

#include "ops/op_rows.h"
#include "reel/graph/rewrite/regroup.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

constexpr int64_t kWords = 2;  // so few that sequences share prefixes of all lengths

/// The sequence whose prefixes are meant, in a graph of which the pass that makes these ops has made all it will.
Var sequence(Vars x) {
  x[0].graph().set_prefix_source(x[0].id());
  x[0].graph().passes().share_prefixes = false;
  return x[0];
}

/// Rows of the table x[1] picked by the first step's ids: equal for all rows that begin alike.
Var first_words(Vars x) { return gather(x[1], select(sequence(x), 1, 0)); }

Array first_words_reference(const Arrays& x) {
  const int64_t width = x[1].dims[1], steps = x[0].dims[1];
  return move_elements(x[1], {x[0].dims[0], width}, [&](int64_t i) {
    return static_cast<int64_t>(x[0].values[static_cast<size_t>(i / width * steps)]) * width + i % width;
  });
}

/// x[1] in whole numbers.
Var whole(Vars x) { return cast(cast(x[1], DType::i32), x[1].dtype()); }

Array sum_of_whole(const Arrays& x) {
  Array truncated = x[1];
  for (double& value : truncated.values) value = std::trunc(value);
  return fold_axis(truncated, 0, [](double a, double b) { return a + b; });
}

/// The adjoint of taking representatives, which no function makes by itself.
Var put_representatives(Var groups, Var like) {
  const Var taken = take_representatives(like, like.graph().node(groups).space);
  return like.graph().node(taken).op->gradient(std::array{like}, taken, groups)[0];
}

}  // namespace

void add_regrouping(std::vector<OpRow>& table) {
  const auto add = [&](std::string name, Make make, std::vector<Sample> samples, Reference reference) {
    OpRow row{std::move(name), std::move(make), std::move(samples), std::move(reference)};
    row.order = -1;  // ids in a parameter's place are no sequence of the batch; prefix_sharing_test.cc has gradients
    row.ids = 0;
    row.id_bound = kWords;
    row.values = {-100, 100};
    table.push_back(std::move(row));
  };
  const std::vector<Sample> picking = {{{rows, 3}, {kWords, 5}}, {{rows, 6}, {kWords, 1}}},
                            adding = {{{rows, 3}, {rows, 5}}, {{rows, 6}, {rows, 2}}};
  add(
      "take_representatives", [](Vars x) { return expand_groups(take_representatives(first_words(x), 1), kAllRows); },
      picking, first_words_reference);
  add(
      "expand_groups",
      [](Vars x) {
        const Var groups = expand_groups(take_representatives(first_words(x), 1), 2);
        return expand_groups(groups * 1.0, kAllRows);
      },
      picking, first_words_reference);
  add(
      "sum_groups",
      [](Vars x) {
        sequence(x);
        return sum_rows(sum_groups(sum_groups(whole(x), 2), 1));
      },
      adding, sum_of_whole);
  add(
      "put_representatives",
      [](Vars x) {
        sequence(x);
        const Var put = put_representatives(sum_groups(whole(x), 2), whole(x));
        return sum_rows(put) * 0.5 + sum_rows(take_representatives(put, 2)) * 0.5;  // put where they are taken from
      },
      adding, sum_of_whole);
}

}  // namespace reel::testing
