#include "reel/graph/rewrite/repeat.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

/// Chooses which of the forward values that the backward pass reads are made again.
class CheapValues {
 public:
  CheapValues(const Graph& graph, std::span<const Var> outputs, const std::vector<int32_t>& live,
              const std::vector<bool>& backward)
      : graph_(graph),
        live_(live),
        backward_(backward),
        kept_(graph.size(), false),
        far_(graph.size(), false),
        is_output_(graph.size(), false),
        reads_(graph.size(), 0) {
    for (const Var& output : outputs) is_output_[output.id()] = true;
    for (const int32_t id : live_) {
      if (!backward_[id]) continue;
      for (const int32_t input : graph.node(id).inputs) kept_[input] = !backward_[input];
    }
  }

  /// By node id; also values that nothing but another one's copy would read.
  std::vector<bool> find() {
    find_far();
    keep_common_sources();
    std::vector<bool> again(graph_.size(), false);
    for (const int32_t id : live_) {
      if (!is_cheap(id)) continue;
      const std::vector<int32_t> inputs = batch_inputs(id);
      int reads = static_cast<int>(inputs.size());
      for (const int32_t input : inputs)
        reads += again[input] ? reads_[input] : is_at_hand(input) ? 0 : kMostReadsAgain;
      again[id] = reads <= kMostReadsAgain && (far_[id] || !kept_[id]);
      reads_[id] = reads;
    }
    return again;
  }

 private:
  /// A kept value is far if more is kept after it than a near cache holds: reading it will take longer than making it.
  void find_far() {
    int64_t after = 0;
    for (auto id = live_.rbegin(); id != live_.rend(); ++id) {
      const Type& type = graph_.node(*id).type;
      far_[*id] = after > kNearBytes;
      if (kept_[*id] && !is_leaf(*id) && type.shape.has_rows())
        after += type.row_bytes() * graph_.passes().assumed_rows;
    }
  }

  /// Where kept values follow one by one from a value that is smaller than they are together, that one is kept as well.
  void keep_common_sources() {
    std::vector<int32_t> source(graph_.size());
    std::vector<int64_t> following(graph_.size(), 0);
    for (const int32_t id : live_) {
      const std::vector<int32_t> inputs = is_cheap(id) ? batch_inputs(id) : std::vector<int32_t>{};
      source[id] = inputs.size() == 1 ? source[inputs[0]] : id;
      if (kept_[id] && far_[id]) following[source[id]] += graph_.node(id).type.row_bytes();
    }
    for (const int32_t id : live_) kept_[id] = kept_[id] || following[id] > graph_.node(id).type.row_bytes();
  }

  bool is_leaf(int32_t id) const { return graph_.node(id).leaf != Leaf::none; }
  bool is_at_hand(int32_t id) const { return kept_[id] || is_leaf(id); }

  /// A forward value of the batch that takes a few instructions an element, or only moves to other rows.
  bool is_cheap(int32_t id) const {
    const Node& node = graph_.node(id);
    if (is_leaf(id) || backward_[id] || is_output_[id] || !node.type.shape.has_rows()) return false;
    return node.op->traits().elementwise || node.space != graph_.input_space(node);
  }

  std::vector<int32_t> batch_inputs(int32_t id) const {
    std::vector<int32_t> inputs;
    for (const int32_t input : graph_.node(id).inputs) {
      if (graph_.node(input).type.shape.has_rows()) inputs.push_back(input);
    }
    return inputs;
  }

  const Graph& graph_;
  const std::vector<int32_t>& live_;
  const std::vector<bool>& backward_;
  std::vector<bool> kept_, far_, is_output_;
  std::vector<int> reads_;
};

}  // namespace

std::vector<Var> recompute_cheap_values(Graph& graph, std::span<const Var> outputs) {
  const std::vector<int32_t> live = reachable(graph, outputs);
  const std::vector<bool> backward = find_backward(graph, live);
  return repeat_for_backward(graph, outputs, live, backward, CheapValues(graph, outputs, live, backward).find());
}

}  // namespace reel
