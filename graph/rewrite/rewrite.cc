#include "reel/graph/rewrite/rewrite.h"

#include <algorithm>
#include <iterator>

#include "reel/graph/error.h"
#include "reel/graph/rewrite/cut.h"
#include "reel/graph/trace.h"
#include "reel/graph/verify.h"

namespace reel {
namespace {

using PassFunction = std::function<std::vector<Var>(Graph& graph, std::span<const Var> outputs)>;

std::string_view name_of(bool Passes::*pass) {
  const auto found = std::find_if(std::begin(kPasses), std::end(kPasses),
                                  [&](const PassName& known) { return known.enabled == pass; });
  if (found == std::end(kPasses)) throw Error("a pass is missing in kPasses");
  return found->name;
}

/// What stands for `outputs` after the pass.
std::vector<Var> apply(Graph& graph, std::string_view name, const PassFunction& function,
                       std::span<const Var> outputs) {
  TraceScope scope(name, "pass");
  std::vector<Var> current = function(graph, outputs);
  if (scope.is_recording()) scope.count("nodes", static_cast<int64_t>(reachable(graph, current).size()));
  return current;
}

/// The same, or `outputs` themselves where the pass is switched off.
std::vector<Var> apply(Graph& graph, bool Passes::*pass, const PassFunction& function, std::vector<Var> outputs) {
  return graph.passes().*pass ? apply(graph, name_of(pass), function, outputs) : outputs;
}

void apply(bool Passes::*pass, void (*function)(Rewriting& rewriting), Rewriting& rewriting) {
  const auto outputs = [&](Graph&, std::span<const Var>) {
    function(rewriting);
    return rewriting.outputs();
  };
  apply(rewriting.graph(), pass, outputs, {});
}

/// The passes that change what is differentiated.
void rewrite_forward(Rewriting& rewriting) {
  apply(&Passes::hoist, hoist_to_source, rewriting);
  apply(&Passes::share_prefixes, share_prefixes, rewriting);
}

/// Whether values are, or are summed over, rows that stand for a prefix.
bool is_kept_by_prefix(const Graph& graph, std::span<const Var> outputs) {
  const std::vector<int32_t> ids = reachable(graph, outputs);
  return std::any_of(ids.begin(), ids.end(), [&](int32_t id) { return graph.node(id).space != kAllRows; });
}

/// Lets `roots`, in the order of Targets::roots, stand for what is asked for.
void put_roots(Targets& targets, std::span<const Var> roots) {
  size_t next = 0;
  for (Var& output : targets.outputs) output = roots[next++];
  for (Assignment& assignment : targets.assignments) assignment.value = roots[next++];
  if (targets.guard) targets.guard = roots[next];
}

}  // namespace

std::vector<Var> rebuild(Graph& graph, std::span<const Var> outputs, const RewriteRule& rule) {
  Forms forms;
  rebuild_nodes(graph, reachable(graph, outputs), rule, forms);
  std::vector<Var> rewritten = forms.of(outputs);
  verify_after_pass(graph, rewritten);
  return rewritten;
}

Rewriting rewrite_for_differentiating(Graph& graph, std::span<const Var> outputs, const Forms& adjoints) {
  Rewriting rewriting(graph, outputs, adjoints);
  rewrite_forward(rewriting);
  rewriting.copy_forms(graph.forms());
  return rewriting;
}

void rewrite_for_running(Graph& graph, Targets& targets) {
  Rewriting rewriting(graph, targets.roots(), graph.forms());
  rewrite_forward(rewriting);
  std::vector<Var> roots = apply(graph, &Passes::fold, fold_constants, rewriting.outputs());
  roots = apply(graph, &Passes::cut_sums, cut_sums, std::move(roots));
  put_roots(targets, roots);
  targets.batch_cut = RowCutter(graph, targets).of_batch();  // passes below look at all that reads a value
  roots = apply(graph, &Passes::prepack, prepack_operands, std::move(roots));
  roots = apply(graph, &Passes::addends, fuse_addends, std::move(roots));
  if (graph.passes().remat_every != 0) {
    roots = apply(graph, "remat", rematerialize, roots);
  } else {
    roots = apply(graph, &Passes::recompute, recompute_cheap_values, std::move(roots));
  }
  roots = apply(graph, "repeat_terms", repeat_terms, roots);
  put_roots(targets, roots);
  if (is_kept_by_prefix(graph, roots)) targets.prefix_source = graph.var(graph.prefix_source());
}

}  // namespace reel
