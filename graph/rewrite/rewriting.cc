#include "reel/graph/rewrite/rewriting.h"

#include <algorithm>
#include <iterator>

#include "reel/graph/rewrite/regroup.h"
#include "reel/graph/verify.h"

namespace reel {
namespace {

Var in_all_rows(Var var) { return var.shape().has_rows() ? expand_groups(var, kAllRows) : var; }

}  // namespace

void NodeOrder::add(int32_t last) {
  is_in_.resize(static_cast<size_t>(graph_.size()), false);
  std::vector<int32_t> path{last};
  while (!path.empty()) {
    const int32_t id = path.back();
    const size_t depth = path.size();
    const std::vector<int32_t>& inputs = graph_.node(id).inputs;
    for (auto input = inputs.rbegin(); input != inputs.rend() && !is_in_[id]; ++input) {
      if (!is_in_[*input]) path.push_back(*input);
    }
    if (path.size() > depth) continue;
    if (!is_in_[id]) ids_.push_back(id);
    is_in_[id] = true;
    path.pop_back();
  }
}

std::vector<int32_t> NodeOrder::of(std::span<const int32_t> nodes) const {
  std::vector<bool> is_asked(graph_.size(), false);
  for (const int32_t id : nodes) is_asked[id] = true;
  std::vector<int32_t> ids;
  std::copy_if(ids_.begin(), ids_.end(), std::back_inserter(ids), [&](int32_t id) { return is_asked[id]; });
  return ids;
}

void rebuild_nodes(Graph& graph, std::span<const int32_t> nodes, const RewriteRule& rule, Forms& forms) {
  std::vector<Var> inputs;
  for (const int32_t id : nodes) {
    if (forms.know(id)) continue;
    const Node& node = graph.node(id);
    forms.set(id, id);
    if (node.leaf != Leaf::none) continue;
    inputs.clear();
    bool changed = false;
    for (const int32_t input : node.inputs) {
      inputs.push_back(graph.var(forms.of(input)));
      changed |= forms.of(input) != input;
    }
    const Graph::Scope scope(graph, node);
    if (const Var better = rule(node, inputs)) {
      forms.set(id, better.id());
    } else if (changed) {
      forms.set(id, graph.add(node.op, inputs).id());
    }
  }
}

Rewriting::Rewriting(Graph& graph, std::span<const Var> outputs, const Forms& known)
    : graph_(graph),
      recorded_(outputs.begin(), outputs.end()),
      record_(reachable(graph, outputs, known)),
      order_(graph) {
  for (const int32_t id : reachable(graph, outputs)) order_.add(id);
  for (const int32_t id : record_) {
    if (!known.know(id)) continue;
    const Var form = graph.var(known.of(id)), whole = in_all_rows(form);
    forms_.set(id, whole.id());
    known_.set(whole.id(), form.id());
  }
  rebuild_nodes(
      graph, record_, [](const Node&, std::span<const Var>) { return Var{}; }, forms_);
  for (const int32_t id : record_) order_.add(forms_.of(id));
}

void Rewriting::rebuild(const RewriteRule& rule) {
  const std::vector<int32_t> nodes = order_.of(reachable(graph_, forms_.of(recorded_), known_));
  Forms next;
  for (const int32_t id : nodes) {
    if (known_.know(id)) next.set(id, id);
  }
  rebuild_nodes(graph_, nodes, rule, next);
  forms_.advance(next);
  for (const int32_t id : nodes) order_.add(next.of(id));
  const std::vector<Var> forms = outputs();
  for (const Var& form : forms) order_.add(form.id());
  verify_after_pass(graph_, forms);
}

Var Rewriting::form_of(Var recorded) const { return in_all_rows(forms_.of(recorded)); }

std::vector<Var> Rewriting::outputs() const {
  std::vector<Var> outputs;
  for (const Var& recorded : recorded_) outputs.push_back(form_of(recorded));
  return outputs;
}

std::vector<int32_t> Rewriting::nodes_behind(Var output) const {
  const Var form = form_of(output);
  return order_.of(reachable(graph_, std::span(&form, 1)));
}

void Rewriting::copy_forms(Forms& to) const {
  std::vector<bool> is_live(graph_.size(), false);
  for (const int32_t id : reachable(graph_, outputs())) is_live[id] = true;
  for (const int32_t id : record_) {
    if (is_live[forms_.of(id)]) to.set(id, forms_.of(id));
  }
}

}  // namespace reel
