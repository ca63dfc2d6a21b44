// Schedules and memory plans, checked on random graphs by rules of their own: what is read where, and what lies where.
#include <catch2/catch.hpp>
#include <set>

#include "graph/random_graph.h"
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

/// A value as long as it must be kept in its stage's scratch.
struct Life {
  int32_t id, begin, end;
  int64_t from, to;  // bytes
};

std::vector<Life> lives_in_arena(const Planned& plan, int32_t stage) {
  const Stage& what = plan.schedule.stages[static_cast<size_t>(stage)];
  std::map<int32_t, Life> lives;
  for (const int32_t id : what.nodes) {
    const int32_t owner = plan.owner(id), at = plan.position.at(id);
    if (plan.home(owner).base == kArena) {
      const int64_t from = plan.home(owner).offset;
      const Type& type = plan.graph.node(owner).type;
      const int64_t row_count = what.whole ? type.shape.lead() : what.most_tile_rows;
      const int64_t bytes = row_count * type.row_bytes();
      const auto it = lives.try_emplace(owner, Life{owner, at, at, from, from + bytes}).first;
      it->second.end = std::max(it->second.end, at);
    }
    for (const int32_t input : plan.graph.node(id).inputs) {
      if (lives.contains(input)) lives[input].end = std::max(lives[input].end, at);
    }
  }
  std::vector<Life> all;
  for (const auto& [id, life] : lives) all.push_back(life);
  return all;
}

void check_arena(const Planned& plan, int32_t stage) {
  const std::vector<Life> lives = lives_in_arena(plan, stage);
  for (const Life& life : lives) {
    REQUIRE(life.from >= 0);
    REQUIRE(life.to <= static_cast<int64_t>(plan.memory.stages[static_cast<size_t>(stage)].arena_bytes));
  }
  for (const Life& a : lives) {
    for (const Life& b : lives) {
      const bool share = a.id != b.id && a.from < b.to && b.from < a.to;
      if (!share || a.begin > b.begin) continue;
      INFO("%" << a.id << " and %" << b.id << " share memory");
      // The one may only take the memory of the other as it reads it for the last time, element by element.
      REQUIRE(a.end <= b.begin);
      if (a.end == b.begin) {
        REQUIRE(a.from == b.from);
        REQUIRE(plan.graph.node(a.id).type == plan.graph.node(b.id).type);
        const Node& writer = plan.graph.node(b.id);
        for (size_t i = 0; i < writer.inputs.size(); ++i) {
          if (writer.inputs[i] == a.id) REQUIRE(writer.op->may_overwrite(i, plan.graph.input_types(writer)));
        }
      }
    }
  }
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
  int reused = 0, in_place = 0, shared = 0, stages = 0;
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
      for (const Life& life : lives_in_arena(plan, static_cast<int32_t>(stage))) bytes += life.to - life.from;
      reused += bytes > static_cast<int64_t>(plan.memory.stages[stage].arena_bytes);
    }
    stages += static_cast<int>(plan.schedule.stages.size());
  }
  // The rules above must have had something to say.
  CHECK(reused > 100);
  CHECK(in_place > 50);
  CHECK(shared > 30);
  CHECK(stages > 1000);
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
  int64_t soon_end = 0, all_end = 0;
  for (size_t stage = 0; stage < plan.schedule.stages.size(); ++stage) {
    for (const Life& life : lives_in_arena(plan, static_cast<int32_t>(stage))) {
      const bool is_forward = !plan.graph.node(life.id).adjoint;  // an adjoint may be where a value was just read
      if (is_forward && life.end - life.begin <= 4) soon_end = std::max(soon_end, life.to);
      all_end = std::max(all_end, life.to);
    }
  }
  CHECK(soon_end < 1 << 20);
  CHECK(all_end > 10 << 20);
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
