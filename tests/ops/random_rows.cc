// Rows of the ops that draw random numbers: ops/random.cc.
#include "ops/op_rows.h"
#include "ops/plain_random.h"
#include "reel/ops/ops.h"
#include "reel/ops/random.h"

namespace reel::testing {
namespace {

constexpr uint32_t kPlace = 3, kDraw = 2;
constexpr int64_t kAnyWord = 0xFFFFFFFF;  // negative ones too

uint32_t word(double value) { return static_cast<uint32_t>(static_cast<int64_t>(value)); }

/// Beside zeros [rows, 1], which say how many rows there are and of which type.
Var beside(Var drawn, Var x) { return cast(drawn, x.dtype()) + 0.0 * x; }

Array numbers_of(const Arrays& x, const std::vector<int64_t>& of_row,
                 double (*number)(const PlainDraw& at, uint32_t row, uint32_t element)) {
  std::vector<int64_t> dims = of_row;
  dims.insert(dims.begin(), x[1].dims[0]);
  Array y = Array::zeros(dims);
  const PlainDraw at{word(x[0].values[0]), kPlace, kDraw, word(x[0].values[1])};
  const size_t width = static_cast<size_t>(y.product(1, y.rank()));
  for (size_t i = 0; i < y.values.size(); ++i) {
    y.values[i] = number(at, static_cast<uint32_t>(i / width), static_cast<uint32_t>(i % width));
  }
  return y;
}

template <class Draw>
void add_draws(std::vector<OpRow>& table, const char* name, Draw draw,
               double (*number)(const PlainDraw&, uint32_t, uint32_t)) {
  // One number, fours with and without a remainder, several axes.
  for (const std::vector<int64_t>& of_row : {std::vector<int64_t>{1}, {8}, {5}, {3, 7}}) {
    Shape zeros{rows, 1};
    if (of_row.size() == 2) zeros = {rows, 1, 1};
    OpRow row{name,
              [=](Vars x) {
                return beside(draw(x[0], Shape(std::span(of_row)), RandomStream{kPlace, kDraw}), x[1]);
              },
              {{{2}, zeros}},
              [=](const Arrays& x) { return numbers_of(x, of_row, number); }};
    row.order = -1;  // it has none
    row.ids = 0;
    row.id_bound = kAnyWord;
    table.push_back(row);
  }
}

}  // namespace

void add_random(std::vector<OpRow>& table) {
  add_draws(table, "random_uniform", random_uniform, plain_uniform);
  add_draws(table, "random_normal", random_normal, plain_normal);
  // Scaled exactly, and rounded once to float when moved.
  const auto add_scaled = [&](const char* name, auto draw, double (*number)(const PlainDraw&, uint32_t, uint32_t),
                              double scale, double moved) {
    OpRow row{name,
              [=](Vars x) {
                return beside(draw(x[0], Shape{rows, 3}, RandomStream{kPlace, kDraw}), x[1]);
              },
              {{{2}, {rows, 1}}},
              [=](const Arrays& x) {
                Array y = numbers_of(x, {3}, number);
                for (double& value : y.values) value = static_cast<float>(scale * value + moved);
                return y;
              }};
    row.order = -1;
    row.ids = 0;
    row.id_bound = kAnyWord;
    table.push_back(row);
  };
  const auto between = [](Var key, const Shape& shape, const RandomStream& stream) {
    return uniform(key, shape, -2, 2, stream);
  };
  const auto about = [](Var key, const Shape& shape, const RandomStream& stream) {
    return normal(key, shape, 3, 0.5, stream);
  };
  add_scaled("uniform", between, plain_uniform, 4, -2);
  add_scaled("normal", about, plain_normal, 0.5, 3);
  OpRow key{"random_key",
            [](Vars x) { return beside(random_key(x[0].graph(), 7), x[1]); },
            {{{2}, {}}},
            [](const Arrays&) {
              return Array{{2}, {7, 0}};
            }};
  key.order = -1;
  key.ids = 0;
  key.id_bound = kAnyWord;
  table.push_back(key);
  OpRow next{"next_seed",
             [](Vars x) { return beside(next_seed(x[0]), x[1]); },
             {{{2}, {}}},
             [](const Arrays& x) {
               const auto step = static_cast<int32_t>(word(x[0].values[1]) + 1);
               return Array{{2}, {x[0].values[0], static_cast<double>(step)}};
             },
             0.5};  // of the cast to float
  next.order = -1;
  next.ids = 0;
  next.id_bound = kAnyWord;
  table.push_back(next);
}

}  // namespace reel::testing
