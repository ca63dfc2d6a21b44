// Schedules and memory plans, checked on random graphs by rules of their own: what is read where, and what lies where.
#include <catch2/catch.hpp>
#include <set>

#include "graph/random_graph.h"
#include "reel/graph/plan/lifetimes.h"
#include "reel/graph/plan/memory.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

struct Planned {
  const Graph& graph;
  const Targets& targets;
  Schedule schedule;
  MemoryPlan memory;
  std::map<int32_t, int32_t> position = {};  // in its stage

  Planned(Graph& graph, const Targets& targets)
      : graph(graph),
        targets(targets),
        schedule(make_schedule(graph, targets)),
        memory(plan_memory(graph, targets, schedule)) {
    for (const Stage& stage : schedule.stages) {
      for (size_t i = 0; i < stage.nodes.size(); ++i) position[stage.nodes[i]] = static_cast<int32_t>(i);
    }
  }

  bool is_leaf(int32_t id) const { return graph.node(id).leaf != Leaf::none; }
  int32_t stage_of(int32_t id) const { return schedule.stage_of[static_cast<size_t>(id)]; }
  bool runs_whole(int32_t id) const { return schedule.stages[static_cast<size_t>(stage_of(id))].whole; }
  int32_t owner(int32_t id) const { return schedule.accumulator[static_cast<size_t>(id)]; }
  bool in_frame(int32_t id) const { return reduces_rows(graph, schedule, id); }
  const Location& home(int32_t id) const { return memory.home[static_cast<size_t>(id)]; }
  bool by_row(const Node& reader, size_t input) const {
    return reader.op->by_row(input, graph.input_types(reader), reader.type);
  }
};

/// All that runs, runs once, after what it reads; a tile reads no more than its own rows of what its stage makes.
void check_schedule(const Planned& plan) {
  const std::vector<Var> roots = plan.targets.roots();
  for (const int32_t id : reachable(plan.graph, roots)) {
    if (plan.is_leaf(id)) continue;
    const Node& node = plan.graph.node(id);
    INFO("%" << id << " " << node.op->name());
    const bool runs = plan.position.contains(id);
    REQUIRE(plan.stage_of(id) >= 0);
    if (!runs) REQUIRE((node.op->traits().sum && plan.owner(node.inputs[0]) == id));
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const int32_t input = node.inputs[i];
      if (plan.is_leaf(input)) continue;
      if (plan.owner(input) == id) {  // adds into it
        REQUIRE(plan.stage_of(input) == plan.stage_of(id));
        REQUIRE(plan.graph.node(input).op->traits().accumulates);
        continue;
      }
      REQUIRE(plan.owner(input) == input);  // what adds into another's memory has no value of its own
      REQUIRE(plan.stage_of(input) <= plan.stage_of(id));
      if (plan.stage_of(input) < plan.stage_of(id)) continue;
      if (!plan.runs_whole(id)) REQUIRE(plan.by_row(node, i));
      REQUIRE_FALSE(plan.in_frame(input));
      for (const auto& [other, at] : plan.position) {
        if (plan.owner(other) == input && plan.stage_of(other) == plan.stage_of(id)) REQUIRE(at < plan.position.at(id));
      }
    }
  }
}

/// Rows that a value has in a tile, or all if its stage runs it whole.
int64_t rows_of(const Planned& plan, int32_t id) {
  const Stage& stage = plan.schedule.stages[static_cast<size_t>(plan.stage_of(id))];
  return stage.whole ? plan.graph.node(id).type.shape.lead() : stage.most_tile_rows;
}

/// What the scratch memory of a stage holds while its nodes run, word after word: of which value, and which word.
class Scratch {
 public:
  Scratch(const Planned& plan, int32_t stage)
      : plan_(plan), words_(plan.memory.stages[static_cast<size_t>(stage)].arena_bytes / kWord) {}

  void run(int32_t id) {
    const Node& node = plan_.graph.node(id);
    const int32_t owner = plan_.owner(id);
    INFO("%" << id << " " << node.op->name());
    if (is_in_place(id)) return require_at_its_place(id);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!is_here(node.inputs[i]) || plan_.owner(node.inputs[i]) == id) continue;
      require_at_its_place(node.inputs[i]);
      if (is_here(owner) && plan_.owner(node.inputs[i]) != owner) require_may_overwrite(node, i, owner);
    }
    if (is_here(owner)) for_each_word(owner, [&](const Word& word, Word& at) { at = word; });
  }

 private:
  static constexpr int64_t kWord = 4;
  struct Word {
    int32_t value = -1;
    int64_t row = 0, word = 0;
    bool operator==(const Word&) const = default;
  };

  bool is_in_place(int32_t id) const { return plan_.memory.in_place[static_cast<size_t>(id)]; }
  bool is_here(int32_t id) const { return !plan_.is_leaf(id) && plan_.home(id).base == kArena; }
  int64_t words_of(int32_t id) const { return plan_.graph.node(id).type.row_bytes() / kWord; }

  /// f(word, what its memory holds)
  template <class F>
  void for_each_word(int32_t id, F&& f) {
    const Location& home = plan_.home(id);
    for (int64_t row = 0; row < rows_of(plan_, id); ++row) {
      for (int64_t word = 0; word < words_of(id); ++word) {
        f(Word{id, row, word}, words_.at(static_cast<size_t>((home.offset + row * home.row_bytes) / kWord + word)));
      }
    }
  }

  void require_at_its_place(int32_t id) {
    INFO("%" << id << " " << plan_.graph.node(id).op->name() << " is read");
    bool holds = true;
    for_each_word(id, [&](const Word& word, const Word& at) { holds &= at == origin(word); });
    REQUIRE(holds);
  }

  /// Where a word that only stands in the rows of others was computed.
  Word origin(Word word) const {
    if (!is_in_place(word.value)) return word;
    const Node& node = plan_.graph.node(word.value);
    if (const auto begin = node.op->part_of_row(plan_.graph.node(node.inputs[0]).type)) {
      return origin({node.inputs[0], word.row, word.word + *begin / kWord});
    }
    REQUIRE(node.op->joins_rows());
    size_t part = 0;
    for (; word.word >= words_of(node.inputs[part]); ++part) word.word -= words_of(node.inputs[part]);
    return origin({node.inputs[part], word.row, word.word});
  }

  /// The memory of an operand only takes what is computed of the same element, and only if the op allows it.
  void require_may_overwrite(const Node& node, size_t input, int32_t owner) {
    const int32_t read = node.inputs[input];
    const Location &from = plan_.home(read), &to = plan_.home(owner);
    const auto end = [&](int32_t id) {
      return plan_.home(id).offset + (rows_of(plan_, id) - 1) * plan_.home(id).row_bytes + words_of(id) * kWord;
    };
    if (from.offset >= end(owner) || to.offset >= end(read)) return;
    const int64_t apart = std::abs(from.offset - to.offset);
    if (from.row_bytes == to.row_bytes &&
        apart >= words_of(std::min(from.offset, to.offset) == from.offset ? read : owner) * kWord) {
      return;  // other parts of the same rows
    }
    REQUIRE(apart == 0);
    REQUIRE(plan_.graph.node(read).type == node.type);
    REQUIRE(node.op->may_overwrite(input, plan_.graph.input_types(node)));
  }

  const Planned& plan_;
  std::vector<Word> words_;
};

/// What is read stands where it is looked for.
void check_arena(const Planned& plan, int32_t stage) {
  Scratch scratch(plan, stage);
  for (const int32_t id : plan.schedule.stages[static_cast<size_t>(stage)].nodes) scratch.run(id);
}

/// Whether it has memory in its stage's arena that is not that of another.
bool has_slot(const Planned& plan, int32_t id) {
  const Location& home = plan.home(id);
  const bool is_part =
      plan.memory.in_place[static_cast<size_t>(id)] || home.row_bytes > plan.graph.node(id).type.row_bytes();
  return home.base == kArena && plan.owner(id) == id && !is_part;
}

void check_frame(const Planned& plan, int32_t stage) {
  const StageMemory& memory = plan.memory.stages[static_cast<size_t>(stage)];
  std::map<int64_t, int64_t> taken;
  std::set<int32_t> seen;
  for (const int32_t id : plan.schedule.stages[static_cast<size_t>(stage)].nodes) {
    if (!plan.in_frame(id) || !seen.insert(plan.owner(id)).second) continue;
    const Type& type = plan.graph.node(plan.owner(id)).type;
    const int64_t from = plan.home(plan.owner(id)).offset;
    const int64_t to = from + type.bytes();
    REQUIRE(to <= static_cast<int64_t>(memory.frame.bytes));
    if (plan.memory.marks[static_cast<size_t>(id)] >= 0) {
      REQUIRE(from >= static_cast<int64_t>(memory.frame.zeroed));
    } else {
      REQUIRE(to <= static_cast<int64_t>(memory.frame.dense));
      if (type.dtype == DType::f64) REQUIRE(from >= static_cast<int64_t>(memory.frame.f64_begin));
      if (type.dtype == DType::f32) REQUIRE(to <= static_cast<int64_t>(memory.frame.f64_begin));
    }
    REQUIRE(taken.emplace(from, to).second);
  }
  int64_t end = 0;
  for (const auto& [from, to] : taken) {
    REQUIRE(from >= end);
    end = to;
  }
}

/// Scratch is read by its own stage only; what is asked for stands in memory that outlives it.
void check_reach(const Planned& plan) {
  for (const int32_t id : plan.schedule.live) {
    for (const int32_t input : plan.graph.node(id).inputs) {
      if (plan.home(input).base == kArena && !plan.is_leaf(input)) REQUIRE(plan.stage_of(input) == plan.stage_of(id));
    }
  }
  for (const Var& root : plan.targets.roots()) REQUIRE(plan.home(root.id()).base >= kFirstBuffer);
}

/// Of those that add into memory outside a frame, the first and only it begins from zero.
void check_zeroing(const Planned& plan) {
  std::map<int32_t, int32_t> first;
  for (const auto& [id, at] : plan.position) {
    if (!plan.graph.node(id).op->traits().accumulates || plan.in_frame(id)) continue;
    const auto it = first.try_emplace(plan.owner(id), id).first;
    if (at < plan.position.at(it->second)) it->second = id;
  }
  for (const auto& [id, at] : plan.position) {
    const auto it = first.find(plan.owner(id));
    INFO("%" << id);
    REQUIRE(plan.memory.zeroes[static_cast<size_t>(id)] == (it != first.end() && it->second == id));
  }
}

/// A parameter that is written in place is read by nobody afterwards, and the guard has been computed before.
void check_in_place(const Planned& plan) {
  for (const Buffer& buffer : plan.memory.buffers) {
    const int32_t parameter = buffer.in_place_of, value = buffer.node;
    if (parameter < 0) continue;
    INFO("parameter %" << parameter << " is overwritten by %" << value);
    REQUIRE(plan.position.contains(value));
    REQUIRE(plan.memory.stages[static_cast<size_t>(plan.stage_of(value))].commits);
    if (plan.targets.guard && !plan.is_leaf(plan.targets.guard->id())) {
      REQUIRE(plan.stage_of(plan.targets.guard->id()) < plan.stage_of(value));
    }
    for (const Var& output : plan.targets.outputs) REQUIRE((output.id() != parameter && output.id() != value));
    for (const Assignment& other : plan.targets.assignments) REQUIRE(other.value.id() != parameter);
    for (const auto& [reader, at] : plan.position) {
      const Node& node = plan.graph.node(reader);
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] != parameter || plan.stage_of(reader) < plan.stage_of(value)) continue;
        REQUIRE(plan.stage_of(reader) == plan.stage_of(value));
        const bool is_done = plan.runs_whole(value) && reader != value;
        REQUIRE(((is_done || plan.by_row(node, i)) && at <= plan.position.at(value)));
      }
    }
  }
}

void check_all(const Planned& plan) {
  check_schedule(plan);
  for (size_t stage = 0; stage < plan.schedule.stages.size(); ++stage) {
    INFO("stage " << stage);
    check_arena(plan, static_cast<int32_t>(stage));
    check_frame(plan, static_cast<int32_t>(stage));
  }
  check_reach(plan);
  check_zeroing(plan);
  check_in_place(plan);
}

TEST_CASE("plan: random graphs are scheduled and laid out soundly", "[plan]") {
  int reused = 0, in_place = 0, shared = 0, stages = 0, views = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    RandomGraph random = random_graph(seed, 10 + static_cast<int>(seed % 50));
    rewrite_for_running(random.graph(), random.targets);
    const Planned plan(random.graph(), random.targets);
    check_all(plan);
    for (const Buffer& buffer : plan.memory.buffers) in_place += buffer.in_place_of >= 0;
    for (const int32_t id : plan.schedule.live) shared += plan.owner(id) != id;
    for (size_t stage = 0; stage < plan.schedule.stages.size(); ++stage) {
      int64_t bytes = 0;
      for (const int32_t id : plan.schedule.stages[stage].nodes) {
        if (has_slot(plan, id)) bytes += rows_of(plan, id) * plan.home(id).row_bytes;
        views += plan.memory.in_place[static_cast<size_t>(id)];
      }
      reused += bytes > static_cast<int64_t>(plan.memory.stages[stage].arena_bytes);
    }
    stages += static_cast<int>(plan.schedule.stages.size());
  }
  // The rules above must have had something to say.
  CHECK(reused > 100);
  CHECK(in_place > 50);
  CHECK(shared > 30);
  CHECK(stages > 1000);
  CHECK(views > 100);
}

TEST_CASE("plan: forward and backward of a batch are one stage, updates follow", "[plan]") {
  Tape tape;
  const Var x = tape.input({rows, 8}), w = tape.parameter(Tensor::zeros({8, 8})),
            b = tape.parameter(Tensor::zeros({8}));
  const Var loss = mean(square(tanh(matmul(x, w) + b)));
  const std::vector<Var> d = tape.gradient(loss, std::array{w, b});
  const Targets targets{.outputs = {loss}, .assignments = {{w, w - d[0]}, {b, b - d[1]}}};
  const Planned plan(tape.graph(), targets);
  check_all(plan);
  int batch_stages = 0;
  for (const Stage& stage : plan.schedule.stages) batch_stages += stage.extent == rows;
  CHECK(batch_stages == 1);
  CHECK(plan.in_frame(d[0].id()));
  CHECK(plan.stage_of(targets.assignments[0].value.id()) > plan.stage_of(d[0].id()));
  for (const Buffer& buffer : plan.memory.buffers) {
    const bool assigned =
        buffer.node == targets.assignments[0].value.id() || buffer.node == targets.assignments[1].value.id();
    CHECK((buffer.in_place_of >= 0) == assigned);
  }
}

TEST_CASE("plan: what dies soon stays in little memory, however much is kept beside it", "[plan]") {
  constexpr int kSteps = 200;
  Tape tape;
  const Var x = tape.input({rows, kSteps, 128}), w = tape.parameter(Tensor::zeros({128, 512}));
  Var h = select(x, 1, 0);
  for (int t = 1; t < kSteps; ++t) {
    const std::vector<Var> parts = split(matmul(h, w) * 0.5, 4);
    h = tanh(parts[0]) * sigmoid(parts[1]) + tanh(parts[2]) * parts[3] + select(x, 1, t);
  }
  const Targets targets{.outputs = {tape.gradient(mean(h), w)}};
  const Planned plan(tape.graph(), targets);
  check_all(plan);
  const Lifetimes lives = find_lifetimes(plan.graph, targets, plan.schedule);
  int64_t soon_end = 0, all_end = 0;
  for (const int32_t id : plan.schedule.live) {
    if (plan.is_leaf(id) || !has_slot(plan, id)) continue;
    const int64_t end = plan.home(id).offset + rows_of(plan, id) * plan.home(id).row_bytes;
    const bool is_forward = !plan.graph.node(id).adjoint;  // an adjoint may be where a value was just read
    const size_t at = static_cast<size_t>(id);
    if (is_forward && lives.last_use[at] - lives.position[at] <= 4) soon_end = std::max(soon_end, end);
    all_end = std::max(all_end, end);
  }
  CHECK(soon_end < 1 << 20);
  CHECK(all_end > 10 << 20);
}

/// The nodes of one op that run, and those that stand in place.
struct Count {
  int run = 0, in_place = 0;
};
Count count(const Planned& plan, std::string_view op) {
  Count found;
  for (const auto& [id, at] : plan.position) {
    if (plan.graph.node(id).op->name() != op) continue;
    ++(plan.memory.in_place[static_cast<size_t>(id)] ? found.in_place : found.run);
  }
  return found;
}

TEST_CASE("plan: the gates of a cell and their adjoints stay in the rows of the product", "[plan]") {
  Tape tape;
  const Var x = tape.input({rows, 8}), c = tape.input({rows, 8}), w = tape.parameter(Tensor::zeros({8, 32}));
  const std::vector<Var> gates = split(matmul(x, w), 4);
  const Var next = sigmoid(gates[1]) * c + sigmoid(gates[0]) * tanh(gates[2]);
  const Targets targets{.outputs = {tape.gradient(mean(sigmoid(gates[3]) * tanh(next)), w)}};
  const Planned plan(tape.graph(), targets);
  check_all(plan);
  CHECK(count(plan, "slice").run == 0);
  CHECK(count(plan, "slice").in_place == 4);
  CHECK(count(plan, "concatenate").run == 0);
  CHECK(count(plan, "concatenate").in_place == 1);
}

TEST_CASE("plan: what others read whole, or for long, is copied out of the rows of another", "[plan]") {
  Tape tape;
  const Var x = tape.input({rows, 32}), w = tape.parameter(Tensor::zeros({8, 8}));
  const std::vector<Var> parts = split(x * 2.0, 4);
  SECTION("a product takes rows that follow one another") {
    const Targets targets{.outputs = {matmul(parts[0], w) + parts[1]}};
    const Planned plan(tape.graph(), targets);
    check_all(plan);
    CHECK(count(plan, "slice").run == 1);
    CHECK(count(plan, "slice").in_place == 1);
  }
  SECTION("so does whoever asks for an output") {
    const Targets targets{.outputs = {parts[0], tanh(parts[1])}};
    const Planned plan(tape.graph(), targets);
    check_all(plan);
    CHECK(count(plan, "slice").run == 1);
  }
  SECTION("a quarter of a value that is kept for long, but not for a short time") {
    for (const int steps : {4, 200}) {
      const Var kept = sigmoid(parts[0]);
      Var y = kept;
      for (int i = 0; i < steps; ++i) y = tanh(y * 0.5);
      const Targets targets{.outputs = {y * kept}};
      const Planned plan(tape.graph(), targets);
      check_all(plan);
      CHECK(count(plan, "slice").run == (steps == 200));
    }
  }
  SECTION("some of the parts, joined") {
    const Var joined = concatenate(std::array{tanh(parts[0]), tanh(parts[1])});
    const Targets targets{.outputs = {matmul(joined, tape.parameter(Tensor::zeros({16, 2})))}};
    const Planned plan(tape.graph(), targets);
    check_all(plan);
    CHECK(count(plan, "concatenate").run == 1);
  }
  SECTION("joined in another order") {
    const Targets targets{.outputs = {sum(concatenate(std::array{tanh(parts[1]), tanh(parts[0])}))}};
    const Planned plan(tape.graph(), targets);
    check_all(plan);
    CHECK(count(plan, "concatenate").run == 1);
  }
}

TEST_CASE("plan: sums of accumulating ops share one accumulator", "[plan]") {
  Tape tape;
  const Var x = tape.input({rows, 4, 3}), w = tape.parameter(Tensor::zeros({3, 3}));
  Var h = matmul(select(x, 1, 0), w);
  for (int t = 1; t < 4; ++t) h = tanh(h + matmul(select(x, 1, t), w));
  const Targets targets{.outputs = {tape.gradient(mean(h), w)}};
  const Planned plan(tape.graph(), targets);
  check_all(plan);
  int adding = 0, sums = 0;
  for (const auto& [id, at] : plan.position) {
    adding += plan.graph.node(id).op->name() == "matmul_transposed" && plan.owner(id) == targets.outputs[0].id();
    sums += plan.graph.node(id).op->name() == "add_n";
  }
  CHECK(adding == 4);
  CHECK(sums == 0);
}

TEST_CASE("plan: sums over rows and over places do not share memory", "[plan]") {
  // Both add into [5, 5] over five rows, but one sum is complete when all rows are, the other row by row.
  Tape tape;
  const Var w = tape.parameter(Tensor::randn({5, 5}, 1)), a = tape.parameter(Tensor::randn({5, 5}, 2));
  const Var d = tape.gradient(sum(square(matmul(a, w))) + sum(exp(select(w, 1, 2))), w);
  const Targets targets{.outputs = {d}};
  check_all(Planned(tape.graph(), targets));
}

}  // namespace
}  // namespace reel::testing
