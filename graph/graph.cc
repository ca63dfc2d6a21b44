#include "reel/graph/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <typeinfo>
#include <unordered_map>

#include "reel/graph/error.h"
#include "reel/graph/forms.h"
#include "reel/graph/hash.h"
#include "reel/graph/located.h"
#include "reel/graph/node_index.h"

namespace reel {
namespace {

/// Stands in for the op of a node that is given, not computed.
class LeafOp final : public Op {
 public:
  explicit LeafOp(std::string_view name) : name_(name) {}
  std::string_view name() const override { return name_; }
  Type infer(std::span<const Type>) const override { throw Error("leaf nodes are not inferred"); }
  void run(const Block&) const override { throw Error("leaf nodes are not run"); }

 private:
  std::string_view name_;
};

OpPtr leaf_op(Leaf leaf) {
  static const OpPtr input = std::make_shared<LeafOp>("input");
  static const OpPtr parameter = std::make_shared<LeafOp>("parameter");
  static const OpPtr constant = std::make_shared<LeafOp>("constant");
  return leaf == Leaf::input ? input : leaf == Leaf::parameter ? parameter : constant;
}

}  // namespace

const Type& Var::type() const { return graph().node(id_).type; }

void Var::refuse_empty() { throw Error("got an empty Var"); }

bool Op::by_row(size_t input, std::span<const Type> inputs, const Type& output) const {
  const Shape& shape = inputs[input].shape;
  return shape.rank() > 0 && output.shape.rank() > 0 && shape[0] == output.shape[0];
}

std::vector<Var> Op::gradient(std::span<const Var>, Var, Var) const {
  throw Error(fmt::format("{}: has no gradient", name()));
}

void Passes::switch_off(std::string_view name) {
  for (const PassName& pass : kPasses) {
    if (pass.name != name) continue;
    this->*pass.enabled = false;
    return;
  }
  throw ValueError(fmt::format("passes: there is no \"{}\", only {}", name, pass_names()));
}

std::string pass_names() {
  std::string names;
  for (const PassName& pass : kPasses) names += fmt::format("{}{}", names.empty() ? "" : ", ", pass.name);
  return names;
}

struct Graph::Storage {
  struct KnownOp {
    OpPtr op;
    std::string attributes;
  };

  std::deque<Node> nodes;  // so that what var.type() refers to stays where it is while nodes are added
  std::vector<std::string> origins{""};
  std::unordered_map<int32_t, std::string> leaf_names;
  NodeIndex by_hash;
  std::vector<KnownOp> ops;
  NodeIndex ops_by_hash;
  Forms forms;
};

Graph::Graph() : storage_(std::make_unique<Storage>()) {}
Graph::~Graph() = default;

int32_t Graph::size() const { return static_cast<int32_t>(storage_->nodes.size()); }
const Node& Graph::node(int32_t id) const {
  if (id < 0 || id >= size()) throw Error(fmt::format("graph: there is no node {} of {}", id, size()));
  return storage_->nodes[id];
}
Forms& Graph::forms() { return storage_->forms; }
const std::string& Graph::origin(const Node& node) const { return storage_->origins[node.origin]; }
const std::string& Graph::leaf_name(int32_t id) const {
  const auto found = storage_->leaf_names.find(id);
  if (found == storage_->leaf_names.end()) throw Error(fmt::format("graph: node {} is no input or parameter", id));
  return found->second;
}

Var Graph::add_leaf(Leaf leaf, const Type& type, Tensor value, std::string name) {
  Node node;
  node.op = leaf_op(leaf);
  node.type = type;
  node.origin = scope_;
  node.leaf = leaf;
  node.value = std::move(value);
  storage_->nodes.push_back(std::move(node));
  storage_->leaf_names.emplace(size() - 1, std::move(name));
  return {this, size() - 1};
}

Var Graph::input(const Type& type, std::string name) { return add_leaf(Leaf::input, type, {}, std::move(name)); }

Var Graph::parameter(const Tensor& value, std::string name) {
  if (!value) throw ValueError(fmt::format("parameter \"{}\": the tensor is empty", name));
  const size_t hash = std::hash<const std::byte*>{}(value.raw());
  const int32_t known = storage_->by_hash.find(hash, [&](int32_t id) {
    const Node& node = storage_->nodes[id];
    return node.leaf == Leaf::parameter && node.value.raw() == value.raw() && node.type == value.type();
  });
  if (known >= 0) return {this, known};
  const Var made = add_leaf(Leaf::parameter, value.type(), value, std::move(name));
  storage_->by_hash.insert(hash, made.id());
  return made;
}

Var Graph::constant(const Tensor& value) {
  if (!value) throw ValueError("constant: the tensor is empty");
  return add_leaf(Leaf::constant, value.type(), value, "");
}

Var Graph::constant(double value, DType dtype) {
  size_t hash = std::bit_cast<uint64_t>(value);
  mix(hash, static_cast<size_t>(dtype));
  const int32_t known = storage_->by_hash.find(hash, [&](int32_t id) {
    const Node& node = storage_->nodes[id];
    return node.leaf == Leaf::constant && node.type == Type{dtype, {}} &&
           std::bit_cast<uint64_t>(node.value.at(0)) == std::bit_cast<uint64_t>(Tensor::scalar(value, dtype).at(0));
  });
  if (known >= 0) return {this, known};
  const Var made = constant(Tensor::scalar(value, dtype));
  storage_->by_hash.insert(hash, made.id());
  return made;
}

void Graph::require_own(Var var, std::string_view what) const {
  if (!var) throw Error(fmt::format("{}: got an empty Var", what));
  if (&var.graph() != this) throw Error(fmt::format("{}: got a Var that belongs to another graph", what));
  if (var.id() < 0 || var.id() >= size()) throw Error(fmt::format("{}: got a Var of no node, {}", what, var.id()));
}

/// Nodes of equal ops share one: a thousand steps of a recurrence would else read as many from all over the memory.
const OpPtr& Graph::own(OpPtr op) {
  std::string attributes = op->attributes();
  size_t hash = std::hash<std::string_view>{}(op->name());
  mix(hash, std::hash<std::string>{}(attributes));
  const int32_t known = storage_->ops_by_hash.find(hash, [&](int32_t id) {
    const Storage::KnownOp& other = storage_->ops[id];
    // By class as well: another repository's op may have the name of one of ours.
    const Op &a = *other.op, &b = *op;
    return typeid(a) == typeid(b) && a.name() == b.name() && other.attributes == attributes;
  });
  if (known >= 0) return storage_->ops[known].op;
  storage_->ops_by_hash.insert(hash, static_cast<int32_t>(storage_->ops.size()));
  return storage_->ops.emplace_back(std::move(op), std::move(attributes)).op;
}

Var Graph::add(OpPtr op, std::span<const Var> inputs) {
  if (!op) throw Error("graph: expected an op, got a null pointer");
  for (const Var& input : inputs) require_own(input, op->name());
  const OpPtr& shared = own(std::move(op));
  size_t hash = std::hash<const Op*>{}(shared.get());
  for (const Var& input : inputs) mix(hash, static_cast<size_t>(input.id()));
  const int32_t known = storage_->by_hash.find(hash, [&](int32_t id) {
    const Node& node = storage_->nodes[id];
    return node.op == shared &&
           std::equal(node.inputs.begin(), node.inputs.end(), inputs.begin(), inputs.end(),
                      [](int32_t input, Var var) { return input == var.id(); }) &&
           (node.adjoint == adjoint_ || !shared->traits().sum);  // a gradient's terms are added up in another way
  });
  if (known >= 0) return {this, known};
  const Var made = append(shared, inputs);
  storage_->by_hash.insert(hash, made.id());
  return made;
}

Var apply_op(OpPtr op, std::span<const Var> inputs) {
  if (!op) throw Error("graph: expected an op, got a null pointer");
  if (inputs.empty() || !inputs[0]) throw Error(fmt::format("{}: got an empty Var", op->name()));
  return inputs[0].graph().add(std::move(op), inputs);
}

Var Graph::repeat(const Node& node, std::span<const Var> inputs) { return append(node.op, inputs); }

Var Graph::append(OpPtr op, std::span<const Var> inputs) {
  Node node;
  node.origin = scope_;
  node.adjoint = adjoint_;
  node.inputs.reserve(inputs.size());
  for (const Var& input : inputs) node.inputs.push_back(input.id());
  try {
    node.type = op->infer(input_types(node));
  } catch (const std::exception&) {
    rethrow_located(in_layer(*this, node), op->name());
  }
  node.op = std::move(op);
  if (node.type.shape.has_rows()) node.space = node.op->row_space(input_space(node));
  storage_->nodes.push_back(std::move(node));
  return {this, size() - 1};
}

std::vector<Type> Graph::input_types(const Node& node) const {
  std::vector<Type> types;
  types.reserve(node.inputs.size());
  for (const int32_t id : node.inputs) types.push_back(storage_->nodes[id].type);
  return types;
}

RowSpace Graph::input_space(const Node& node) const {
  std::optional<RowSpace> space;
  for (const int32_t id : node.inputs) {
    const Node& input = storage_->nodes[id];
    if (!input.type.shape.has_rows()) continue;
    if (space && *space != input.space) {
      throw Error(fmt::format("{}: its inputs have different rows{}", node.op->name(), in_layer(*this, node)));
    }
    space = input.space;
  }
  return space.value_or(kAllRows);
}

Graph::Scope::Scope(Graph& graph, const Node& node, bool adjoint)
    : graph_(graph), outer_(graph.scope_), outer_adjoint_(graph.adjoint_) {
  graph.scope_ = node.origin;
  graph.adjoint_ = adjoint;
}

Graph::Scope::Scope(Graph& graph, std::string name)
    : graph_(graph), outer_(graph.scope_), outer_adjoint_(graph.adjoint_) {
  graph.scope_ = static_cast<int32_t>(graph.storage_->origins.size());
  graph.storage_->origins.push_back(std::move(name));
}

std::vector<int32_t> reachable(const Graph& graph, std::span<const Var> outputs) {
  return reachable(graph, outputs, {});
}

std::vector<int32_t> reachable(const Graph& graph, std::span<const Var> outputs, const Forms& forms) {
  std::vector<bool> live(graph.size(), false);
  int32_t last = -1;
  for (const Var& output : outputs) {
    graph.require_own(output, "reachable");
    live[output.id()] = true;
    last = std::max(last, output.id());
  }
  std::vector<int32_t> ids;
  for (int32_t id = last; id >= 0; --id) {
    if (!live[id]) continue;
    ids.push_back(id);
    if (forms.know(id)) continue;
    for (const int32_t input : graph.node(id).inputs) live[input] = true;
  }
  std::reverse(ids.begin(), ids.end());
  return ids;
}

std::vector<int32_t> count_uses(const Graph& graph, std::span<const Var> outputs) {
  std::vector<int32_t> uses(graph.size(), 0);
  for (const int32_t id : reachable(graph, outputs)) {
    for (const int32_t input : graph.node(id).inputs) ++uses[input];
  }
  for (const Var& output : outputs) ++uses[output.id()];
  return uses;
}

std::string in_layer(const std::string& origin) {
  return origin.empty() ? "" : fmt::format(", in layer \"{}\"", excerpt(origin));
}

}  // namespace reel
