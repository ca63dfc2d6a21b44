// Graph: an append-only list of nodes in an order in which they can be executed.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reel/graph/op.h"
#include "reel/graph/tensor.h"

namespace reel {

class Forms;

enum class Leaf : uint8_t { none, input, parameter, constant };

/// One value: how it is made, what it is, and where in the model it came from.
struct Node {
  OpPtr op;
  std::vector<int32_t> inputs;
  Type type;
  int32_t origin = 0;  ///< index for Graph::origin
  RowSpace space = kAllRows;
  Leaf leaf = Leaf::none;
  bool adjoint = false;  ///< made by differentiating
  Tensor value;          ///< of a parameter (shared with its owner) or a constant
};

/// Passes::remat_every: the square root of the sequence's steps.
inline constexpr int64_t kRematAuto = -1;

/// Which passes a graph's programs go through; each can be left out, and results agree within rounding.
struct Passes {
  bool fold = true;            ///< fold_constants
  bool hoist = true;           ///< hoist_to_source
  int64_t assumed_rows = 32;   ///< of a batch, when weighing what hoisting pays: a tile's worth
  bool share_prefixes = true;  ///< share_prefixes
  bool cut_sums = true;        ///< cut_sums
  bool prepack = true;         ///< prepack_operands
  bool addends = true;         ///< fuse_addends
  bool recompute = true;       ///< recompute_cheap_values; rematerialising does without it
  int64_t remat_every = 0;     ///< rematerialise: steps from one kept state to the next; 0 leaves it out

  /// Leaves the pass of that name out. Throws ValueError, listing all names, where there is none.
  void switch_off(std::string_view name);
  bool operator==(const Passes&) const = default;
};

/// A pass by the name that users call it by.
struct PassName {
  std::string_view name;
  bool Passes::*enabled;
};

/// All that can be left out, in the order in which they first run. A new pass gets its line here, and with it its
/// place in `reel-zoo --without`, in traces, and in the test that results do not depend on it.
inline constexpr PassName kPasses[] = {
    {"hoist", &Passes::hoist},         {"share_prefixes", &Passes::share_prefixes},
    {"fold", &Passes::fold},           {"cut_sums", &Passes::cut_sums},
    {"prepack", &Passes::prepack},     {"addends", &Passes::addends},
    {"recompute", &Passes::recompute},
};

/// "hoist, share_prefixes, ...": for people.
std::string pass_names();

/// Nodes are values in SSA form: never changed, never removed; what no output needs is left out when a program is
/// compiled. Adding a node that already stands (same op, attributes and inputs) returns the one that stands, so common
/// subexpressions cannot arise, and a pass is a function that appends better nodes to the same graph.
class Graph : public std::enable_shared_from_this<Graph> {
 public:
  Graph();
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// A value given at each run. Axis 0 may be `rows`.
  Var input(const Type& type, std::string name = "input");
  /// A value that outlives the runs and that assignments may change; the tensor's buffer is shared, not copied. The
  /// same tensor is the same parameter. Throws ValueError, as `constant` does, for a tensor that is empty.
  Var parameter(const Tensor& value, std::string name = "parameter");
  Var constant(const Tensor& value);
  Var constant(double value, DType dtype);

  /// Appends `op` applied to `inputs`, or finds the node that already computes it. Throws ShapeError with the place in
  /// the model when the inputs do not fit.
  Var add(OpPtr op, std::span<const Var> inputs);
  /// Appends a node that computes what `node` does, from `inputs`, even where such a node stands: one more copy of the
  /// value, to be made at another time. No `add` finds it.
  Var repeat(const Node& node, std::span<const Var> inputs);

  /// Throws Error, which begins with `what`, unless the Var is one of this graph's.
  void require_own(Var var, std::string_view what) const;

  int32_t size() const;
  /// Stays where it is while nodes are added. Throws Error for an id that no node has.
  const Node& node(int32_t id) const;
  const Node& node(Var var) const { return node(var.id()); }
  Var var(int32_t id) { return {this, id}; }
  std::vector<Type> input_types(const Node& node) const;
  /// The rows of the inputs read by row. Throws Error where they differ.
  RowSpace input_space(const Node& node) const;
  Passes& passes() { return passes_; }
  const Passes& passes() const { return passes_; }
  /// What has been differentiated, in the form in which it was: what compiles goes on from there. The nodes that
  /// differentiating returned are their own forms.
  Forms& forms();
  /// The input [rows, steps] whose prefixes the row spaces speak of; -1 until a pass has chosen one.
  int32_t prefix_source() const { return prefix_source_; }
  void set_prefix_source(int32_t id) { prefix_source_ = id; }
  const std::string& origin(const Node& node) const;
  /// Name of an input or parameter. Throws Error for another node.
  const std::string& leaf_name(int32_t id) const;

  /// Nodes added while a Scope lives carry its name ("dense_1") as their origin.
  class Scope {
   public:
    Scope(Graph& graph, std::string name);
    /// Continues in the scope of an existing node.
    Scope(Graph& graph, const Node& node) : Scope(graph, node, node.adjoint) {}
    /// Adjoints belong to the layer of their forward node.
    Scope(Graph& graph, const Node& node, bool adjoint);
    ~Scope() {
      graph_.scope_ = outer_;
      graph_.adjoint_ = outer_adjoint_;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Graph& graph_;
    int32_t outer_;
    bool outer_adjoint_;
  };

 private:
  Var add_leaf(Leaf leaf, const Type& type, Tensor value, std::string name);
  Var append(OpPtr op, std::span<const Var> inputs);
  const OpPtr& own(OpPtr op);

  struct Storage;  // its containers would cost every user of the library parsing time
  std::unique_ptr<Storage> storage_;
  int32_t scope_ = 0;
  bool adjoint_ = false;
  Passes passes_;
  int32_t prefix_source_ = -1;
};

/// `op` applied to `inputs`, of which there is one at least, in their graph. Throws what Graph::add does; where there
/// is none or an input is empty, Error with the op's name.
Var apply_op(OpPtr op, std::span<const Var> inputs);

/// Ids of the nodes that `outputs` depend on, themselves included, ascending.
std::vector<int32_t> reachable(const Graph& graph, std::span<const Var> outputs);
/// The same, but not what those depend on that have a form.
std::vector<int32_t> reachable(const Graph& graph, std::span<const Var> outputs, const Forms& forms);

/// By node id: how often what `outputs` depend on reads it, and how often it is an output itself.
std::vector<int32_t> count_uses(const Graph& graph, std::span<const Var> outputs);

/// ", in layer \"dense_1\"" for a node whose origin that is, or nothing where it has none.
std::string in_layer(const std::string& origin);
inline std::string in_layer(const Graph& graph, const Node& node) { return in_layer(graph.origin(node)); }

}  // namespace reel
