// Schedules and memory plans, of random graphs and of some that show one thing each.
#include <catch2/catch.hpp>

#include "graph/planned.h"
#include "graph/random_graph.h"
#include "reel/graph/plan/lifetimes.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

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
        if (plan.has_slot(id)) bytes += plan.rows_of(id) * plan.home(id).row_bytes;
        views += plan.is_idle(id);
      }
      reused += bytes > static_cast<int64_t>(plan.memory.stages[stage].arena_bytes);
    }
    stages += static_cast<int>(plan.schedule.stages.size());
  }
  // The rules above must have had something to say.
  CHECK(reused > 0);
  CHECK(in_place > 0);
  CHECK(shared > 0);
  CHECK(stages > 0);
  CHECK(views > 0);
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

TEST_CASE("plan: most of an update waits for the guard with it, and is kept nowhere", "[plan]") {
  const Shape shape{64, 128};  // too large to run whole
  Tape tape;
  const Var x = tape.input({rows, 64}), w = tape.parameter(Tensor::zeros(shape)),
            m = tape.parameter(Tensor::zeros(shape)), v = tape.parameter(Tensor::zeros(shape));
  const Var loss = mean(square(matmul(x, w))), d = tape.gradient(loss, w);
  const Var next_m = m + (d - m) * 0.1, next_v = v + (square(d) - v) * 0.001;
  const Targets targets{.outputs = {loss},
                        .assignments = {{w, w - next_m / (sqrt(next_v) + 1e-7)}, {m, next_m}, {v, next_v}},
                        .guard = loss + sum(d * 0.0)};
  const Planned plan(tape.graph(), targets);
  check_all(plan);
  const int32_t update = plan.stage_of(next_m.id());
  CHECK(update > plan.stage_of(targets.guard->id()));
  int32_t with_it = 0;
  for (const int32_t id : plan.schedule.live) {
    const Node& node = plan.graph.node(id);
    if (node.leaf == Leaf::none && node.op->traits().elementwise && node.type.shape == shape) {
      with_it += plan.stage_of(id) == update;
      const bool is_kept = plan.home(id).base >= kFirstBuffer && !plan.in_frame(id);
      CHECK(is_kept == std::any_of(targets.assignments.begin(), targets.assignments.end(),
                                   [&](const Assignment& a) { return a.value.id() == id; }));
    }
  }
  CHECK(with_it == 11);
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
    if (plan.is_leaf(id) || !plan.has_slot(id)) continue;
    const int64_t end = plan.home(id).offset + plan.rows_of(id) * plan.home(id).row_bytes;
    const bool is_forward = !plan.graph.node(id).adjoint;  // an adjoint may be where a value was just read
    const size_t at = static_cast<size_t>(id);
    if (is_forward && lives.last_use[at] - lives.position[at] <= 4) soon_end = std::max(soon_end, end);
    all_end = std::max(all_end, end);
  }
  CHECK(soon_end < 1 << 20);
  CHECK(all_end > 10 << 20);
}

/// The nodes of one op that run, and those that need not.
struct Count {
  int run = 0, idle = 0;
};
Count count(const Planned& plan, std::string_view op) {
  Count found;
  for (const auto& [id, at] : plan.position) {
    if (plan.graph.node(id).op->name() != op) continue;
    ++(plan.is_idle(id) ? found.idle : found.run);
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
  CHECK(count(plan, "slice").idle == 4);
  CHECK(count(plan, "concatenate").run == 0);
  CHECK(count(plan, "concatenate").idle == 1);
}

TEST_CASE("plan: parts of an input are read where they stand, for as long as it takes, and not written over",
          "[plan]") {
  Tape tape;
  const Var x = tape.input({rows, 32}), w = tape.parameter(Tensor::zeros({8, 8}));
  const std::vector<Var> parts = split(x, 4);
  Var y = tanh(parts[0]) * parts[1];
  for (int i = 0; i < 200; ++i) y = tanh(y * 0.5);
  const Targets targets{.outputs = {y * parts[2] + matmul(parts[3], w)}};
  const Planned plan(tape.graph(), targets);
  check_all(plan);
  CHECK(count(plan, "slice").idle == 3);
  CHECK(count(plan, "slice").run == 1);
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
    CHECK(count(plan, "slice").idle == 1);
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
    adding += plan.graph.node(id).op->name() == "matmul_tn" && plan.owner(id) == targets.outputs[0].id();
    sums += plan.graph.node(id).op->name() == "add_n";
  }
  CHECK(adding == 4);
  CHECK(sums == 0);
}

TEST_CASE("plan: nothing waits for a reader that needs all of its rows", "[plan]") {
  // The product's rows are as many as the operand's, and each is made of all of them.
  Tape tape;
  const Shape square_shape{128, 128};
  const Var a = tape.parameter(Tensor::zeros(square_shape)), w = tape.parameter(Tensor::zeros(square_shape));
  const Var operand = w * 2.0;
  const Targets targets{.outputs = {matmul(a, operand)}};
  const Planned plan(tape.graph(), targets);
  check_all(plan);
  CHECK(plan.stage_of(operand.id()) < plan.stage_of(targets.outputs[0].id()));
}

TEST_CASE("plan: what is read of overlapping parts is not written over while it is read", "[plan]") {
  for (const auto& [first, second] : {std::pair{4, 0}, std::pair{0, 4}}) {
    Tape tape;
    const Var whole = tape.input({rows, 64}) * 2.0;
    const Var difference = slice(whole, 1, first, 60) - slice(whole, 1, second, 60);
    const Targets targets{.outputs = {tanh(difference) * 0.5}};
    check_all(Planned(tape.graph(), targets));
  }
}

TEST_CASE("plan: a value that the guard is made of is not written before the guard is known", "[plan]") {
  Tape tape;
  const Var w = tape.parameter(Tensor::zeros({4})), value = tanh(w);
  const Targets targets{.assignments = {{w, value}}, .guard = sum(value)};
  const Planned plan(tape.graph(), targets);
  check_all(plan);
  CHECK(plan.stage_of(value.id()) == plan.stage_of(targets.guard->id()));
  for (const Buffer& buffer : plan.memory.buffers) CHECK(buffer.in_place_of < 0);
}

TEST_CASE("plan: what parts are added up in is not a parameter that takes their sum", "[plan]") {
  for (const bool is_small : {true, false}) {
    Tape tape;
    const Var w = tape.parameter(Tensor::zeros({is_small ? 4 : 256, 40})), m = tape.parameter(Tensor::zeros(w.shape()));
    const Var d = tape.gradient(sum(exp(slice(w, 1, 0, 30))) + sum(square(slice(w, 1, 10, 30))), w);
    REQUIRE(tape.graph().node(d).op->traits().sum);
    const Targets targets{.assignments = {{m, d}}};
    const Planned plan(tape.graph(), targets);
    check_all(plan);
    CHECK(plan.position.contains(d.id()));
  }
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
