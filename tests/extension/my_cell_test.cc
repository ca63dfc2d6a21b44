// A recurrence written elsewhere, with plain slices, is differentiated like our gated ones.
#include <catch2/catch.hpp>

#include "models/applied.h"
#include "reel/autodiff/check_gradients.h"
#include "reel/graph/print.h"
#include "reel/models/layers/recurrent.h"

namespace reel {
namespace {

constexpr int64_t kUnits = 4;

/// A minimal gated unit (Zhou et al. 2016) with a gate of one number for all units: f = s(x K_f), h' = h + f (n - h).
struct MinimalCell : LayerOf<MinimalCell, Cell> {
  int64_t units = 1;
  Variable kernel, recurrent_kernel;

  explicit MinimalCell(int64_t of_units = 1) : units(of_units) {}
  std::string class_name() const override { return "my>MinimalCell"; }
  void fields(Fields& f) override { f.required("units", units); }
  std::vector<Shape> state_shapes() const override { return {{units}}; }
  void build(const Type& x) override {
    kernel = add_weight("kernel", {x.shape.back(), units + 1}, "glorot_uniform");
    recurrent_kernel = add_weight("recurrent_kernel", {units, units + 1}, "orthogonal");
  }
  CellStep step(Call& c, Var x, const std::vector<Var>& states, const CellStart&) const override {
    const Var h = states[0], z = matmul(x, c[kernel]) + matmul(h, c[recurrent_kernel]);
    const Var f = sigmoid(slice(z, 1, 0, 1)), n = tanh(slice(z, 1, 1, units)), next = h + f * (n - h);
    return {next, {next}};
  }
};

TEST_CASE("extension: the gates of a cell from elsewhere are put together in its gradient", "[extension]") {
  const LayerPtr layer = RNN(MinimalCell(kUnits));
  const auto loss = [&](Var sequence, std::span<const Var> weights) {
    return mean(square(testing::applied(layer, {sequence}, weights).value));
  };
  const std::vector<Tensor> at{Tensor::randn({6, 3}, 1, DType::f64), Tensor::randn({3, kUnits + 1}, 2, DType::f64),
                               Tensor::randn({kUnits, kUnits + 1}, 3, DType::f64)};
  Tape tape;
  std::vector<Var> parameters;
  for (const Tensor& value : at) parameters.push_back(tape.parameter(value));
  const Var ids = tape.input({rows, 5}, DType::i32);
  const Var y = loss(gather(parameters[0], ids), std::span(parameters).subspan(1));
  const std::string text = to_text(tape.graph(), tape.gradient(y, parameters));
  CHECK(text.find("concatenate") != text.npos);
  CHECK(text.find("place") == text.npos);

  std::vector<Tensor> arguments = at;
  arguments.push_back(Tensor::of<int32_t>({2, 5}, {0, 1, 2, 3, 4, 0, 1, 5, 3, 2}));
  const auto checked = [&](Tape&, std::span<const Var> x) { return loss(gather(x[0], x[3]), x.subspan(1, 2)); };
  CHECK_NOTHROW(require_gradients(checked, arguments, {.order = 2}));
}

TEST_CASE("extension: a cell from elsewhere has a config once it is registered", "[extension]") {
  register_layer<MinimalCell>();
  const LayerPtr layer = RNN(MinimalCell(kUnits), {.return_sequences = true});
  const Config config = layer.config();
  CHECK(config.str().find("\"registered_name\":\"my>MinimalCell\"") != std::string::npos);
  CHECK(LayerPtr::from_config(config).config() == config);
}

/// Gives as its states what it is told to.
class StrangeCell final : public Cell {
 public:
  StrangeCell(std::vector<int64_t> said, std::vector<int64_t> given)
      : said_(std::move(said)), given_(std::move(given)) {}
  std::string class_name() const override { return "Strange"; }
  std::vector<Shape> state_shapes() const override {
    std::vector<Shape> shapes;
    for (const int64_t size : said_) shapes.push_back({size});
    return shapes;
  }
  CellStep step(Call&, Var x, const std::vector<Var>&, const CellStart&) const override {
    CellStep out;
    for (const int64_t size : given_) out.states.push_back(broadcast_to(sum(x), {rows, size}));
    out.output = out.states.empty() ? x : out.states[0];
    return out;
  }

 private:
  std::vector<int64_t> said_, given_;
};

TEST_CASE("extension: a cell that gives other states than it has is told so", "[extension]") {
  Tape tape;
  const Var x = tape.input({rows, 3, 2});
  const auto call = [&](std::vector<int64_t> said, std::vector<int64_t> given) {
    return testing::applied(RNN(StrangeCell(said, given)), {x}, {}).value;
  };
  CHECK(call({4, 5}, {4, 5}).shape() == Shape{rows, 4});
  CHECK_THROWS_WITH(call({4, 5}, {4}), Catch::StartsWith("Strange: a step must give 2 states, gave 1"));
  CHECK_THROWS_WITH(call({4, 5}, {4, 6}),
                    Catch::StartsWith("Strange: a step must give state 1 as f32[rows, 5], gave f32[rows, 6]"));
  CHECK_THROWS_WITH(call({}, {}), Catch::StartsWith("Strange: a cell needs at least one state"));
}

}  // namespace
}  // namespace reel
