// Rewriting: what passes make of a record, node by node.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "reel/graph/forms.h"
#include "reel/graph/graph.h"

namespace reel {

/// Gets a node and the forms of its inputs, and returns the node's form, or an empty Var to keep its op.
using RewriteRule = std::function<Var(const Node& node, std::span<const Var> inputs)>;

/// Gives each of `nodes` that has none its form; they stand in an order in which no node is before its inputs, and the
/// forms of inputs that are not among them are known.
void rebuild_nodes(Graph& graph, std::span<const int32_t> nodes, const RewriteRule& rule, Forms& forms);

/// Nodes in the order in which they are added, each after those that it reads, whatever their ids are.
class NodeOrder {
 public:
  explicit NodeOrder(const Graph& graph) : graph_(graph) {}

  /// Adds the node, and before it what it needs and is not in yet: first all that its first input needs.
  void add(int32_t id);
  /// `nodes`, which have been added, in this order.
  std::vector<int32_t> of(std::span<const int32_t> nodes) const;

 private:
  const Graph& graph_;
  std::vector<int32_t> ids_ = {};
  std::vector<bool> is_in_ = {};  // by node id
};

/// A record and its form, which passes improve one after the other. Each goes over it in the order of the record and
/// then of what passes made, and so it is differentiated: that such a node stood already, because it had been made for
/// something else, changes nothing.
class Rewriting {
 public:
  /// The record is all that `outputs` need. What is `known` to have a form stands as that, and nothing looks behind it:
  /// of a value that is kept by prefix, passes before sharing see it expanded to all rows.
  Rewriting(Graph& graph, std::span<const Var> outputs, const Forms& known = {});

  /// One pass over the form of the record.
  void rebuild(const RewriteRule& rule);

  Graph& graph() const { return graph_; }
  /// The forms of `outputs`, in all rows.
  std::vector<Var> outputs() const;
  /// Whether `var` stands for what was known.
  bool is_known(Var var) const { return known_.know(var.id()); }
  /// In the rows in which it is kept, if it was known; otherwise `var` itself.
  Var kept(Var var) const { return is_known(var) ? known_.of(var) : var; }
  /// What leads to the form of `output`, every node after those that it reads.
  std::vector<int32_t> nodes_behind(Var output) const;
  /// Sets, of all recorded nodes, the forms that the outputs' own forms are made of.
  void copy_forms(Forms& to) const;

 private:
  Var form_of(Var recorded) const;

  Graph& graph_;
  std::vector<Var> recorded_;    // outputs
  std::vector<int32_t> record_;  // ascending, up to what is known
  Forms forms_;                  // of the record
  Forms known_;                  // by what stands for them, in all rows: forms that were known
  NodeOrder order_;
};

}  // namespace reel
