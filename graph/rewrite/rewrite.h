// Rewriting: passes that append better nodes to a graph and say which node now stands for which.
#pragma once

#include <vector>

#include "reel/graph/graph.h"
#include "reel/graph/rewrite/rewriting.h"
#include "reel/graph/targets.h"

namespace reel {

/// Rebuilds what `outputs` need, node by node in order. Returns the forms of `outputs`.
std::vector<Var> rebuild(Graph& graph, std::span<const Var> outputs, const RewriteRule& rule);

/// f(gather(table, ids)) = gather(f(table), ids): work on single vectors moves from the rows that pick them to the
/// table they are picked from, where that is less work. For a single row also f(select(x, t)) = select(f(x), t) where
/// each t has its turn: the steps of a sequence wait for no other, so that one product serves them all. Exact: each
/// picked vector is computed by the same operations, and of those that nobody picks the gradient is 0. To run before
/// differentiating, so that the gradient is hoisted with it.
void hoist_to_source(Rewriting& rewriting);

/// Rows whose ids agree in the first d steps have equal values of all that depends on those steps alone. Such values
/// are computed once for each distinct prefix of a tile (graph/prefix_tree.h), and copied where prefixes part; their
/// adjoints are summed there. Forward results are the same bits. To run before differentiating, after hoisting.
void share_prefixes(Rewriting& rewriting);

/// The passes that change what is differentiated, hoisting and then sharing, over what `outputs` need, up to
/// `adjoints`: what earlier differentiating returned, and has been through them. To differentiate is to differentiate
/// this form; the graph keeps it (Graph::forms), so that what is compiled later is the same. It depends on `outputs`
/// alone, not on what else has been differentiated.
Rewriting rewrite_for_differentiating(Graph& graph, std::span<const Var> outputs, const Forms& adjoints);

/// The sum of `parts` where each stands among zeros (Op::placement), they do not overlap and leave no gap: the placed
/// values one after the other. Otherwise an empty Var. So the adjoint of a value that was cut up is put together, not
/// added up. To use where sums are made.
Var join_placements(Graph& graph, std::span<const Var> parts);

/// Nodes that depend on constants alone become constants.
std::vector<Var> fold_constants(Graph& graph, std::span<const Var> outputs);

/// A large sum over the batch to which one op alone adds is cut into rows of its own instead of the batch's: each of
/// many tiles would need as much memory as the sum (Op::by_output_rows). Adds up in one chain what tiles would have
/// joined. A sum that adds up in place (`adds_up_in_place`) reads its terms as they were, whoever else does.
std::vector<Var> cut_sums(Graph& graph, std::span<const Var> outputs);

/// y = x + f(...) becomes one op where f can add to what is there (Op::with_addend) and nobody else reads it, x being a
/// value or a bias; of a longer sum, the ones at its end. Exact. After `prepack_operands`.
std::vector<Var> fuse_addends(Graph& graph, std::span<const Var> outputs);

/// Operands read whole by work over the batch are laid out once as their reader likes them best. Last of the passes:
/// the nodes it makes have no gradient.
std::vector<Var> prepack_operands(Graph& graph, std::span<const Var> outputs);

/// What the backward pass reads of the forward pass is computed a second time, right before it is read, instead of
/// being kept: the steps of a sequence are cut into segments of `Passes::remat_every`, only what a later segment reads
/// is kept, and the backward pass has the values of one segment at a time. With segments of sqrt(T) steps a recurrence
/// of T steps needs memory for 2 sqrt(T) of them, and its forward pass is run nearly twice. Exact, and the order in
/// which adjoints are added up stays, so that all results are the same bits. Does nothing where no single steps of a
/// sequence are read. Last of all passes: it makes copies that nothing must merge again. Griewank and Walther,
/// "Evaluating Derivatives", 2nd ed., chapter 12; Chen, Xu, Zhang and Guestrin, "Training Deep Nets with Sublinear
/// Memory Cost", 2016.
std::vector<Var> rematerialize(Graph& graph, std::span<const Var> outputs);

/// Forward values that the backward pass reads, and that follow by a few elementwise ops from others that it reads as
/// well, are computed a second time instead of being kept, where so much is kept that reading them would take longer:
/// an LSTM's h and tanh(c), which follow from its gate and c. Exact, as `rematerialize` is, and last of all passes,
/// too.
std::vector<Var> recompute_cheap_values(Graph& graph, std::span<const Var> outputs);

/// What a sum adds up in place (`adds_up_in_place`) is made for it alone, and in the order of its terms: a term that
/// others read as well, as the gradient of a part of a loss, is made once more for them. So what is added to one
/// accumulator, and when, depends on nothing that is computed beside it. Last of all passes, for its copies must not be
/// merged again.
std::vector<Var> repeat_terms(Graph& graph, std::span<const Var> outputs);

/// The passes that every program is compiled with, but those that are switched off, applied to all of its targets. What
/// has been differentiated stands in the form in which it was; those before differentiating go over the rest alone.
void rewrite_for_running(Graph& graph, Targets& targets);

}  // namespace reel
