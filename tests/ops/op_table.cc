#include "ops/op_rows.h"

#include <algorithm>

#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

double plus(double a, double b) { return a + b; }
double larger(double a, double b) { return a < b ? b : a; }

/// All elements, or their sum over axis 0, as a scalar or row.
Array sum_all(const Arrays& x) {
  Array flat = x[0];
  flat.dims = {static_cast<int64_t>(flat.values.size())};
  return fold_axis(flat, 0, plus);
}

/// Of each row the largest |x|, summed.
Array sum_of_largest(const Arrays& x) {
  Array y = Array::zeros({});
  const size_t width = static_cast<size_t>(x[0].product(1, x[0].rank()));
  for (size_t begin = 0; begin < x[0].values.size(); begin += width) {
    double largest = 0;
    for (size_t i = begin; i < begin + width; ++i) largest = std::max(largest, std::fabs(x[0].values[i]));
    y.values[0] += largest;
  }
  return y;
}

Array divided(Array x, double by) {
  for (double& value : x.values) value /= by;
  for (double& value : x.scale) value /= by;
  return x;
}

Array first_largest(const Arrays& x) {
  const int64_t n = x[0].dims.back();
  Array y = Array::zeros({x[0].dims.begin(), x[0].dims.end() - 1});
  for (size_t i = 0; i < y.values.size(); ++i) {
    int64_t best = 0;
    for (int64_t j = 1; j < n; ++j) {
      const double* row = &x[0].values[i * static_cast<size_t>(n)];
      if (row[j] > row[best]) best = j;
    }
    y.values[i] = static_cast<double>(best);
  }
  return y;
}

void add_axis_reductions(std::vector<OpRow>& table) {
  const std::vector<Sample> last = {{{rows, 7}}, {{rows, 3, 5}}, {{rows, 35}}, {{4, 16}}},
                            inner = {{{rows, 3, 5}}, {{2, 4, 3}}};
  const auto keep = [](Array y, int axis) {
    y.dims.insert(y.dims.begin() + axis, 1);
    return y;
  };
  const auto fold_last = [](double (*step)(double, double)) {
    return [step](const Arrays& x) { return fold_axis(x[0], x[0].rank() - 1, step); };
  };
  table.push_back({"reduce_sum", [](Vars x) { return reduce_sum(x[0]); }, last, fold_last(plus), 2});
  table.push_back({"reduce_sum", [](Vars x) { return reduce_sum(x[0], 1, true); }, inner,
                   [=](const Arrays& x) { return keep(fold_axis(x[0], 1, plus), 1); }, 2});
  table.push_back({"reduce_max", [](Vars x) { return reduce_max(x[0]); }, last, fold_last(larger)});
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  table.back().specials = {{{{kNan, 1, 2}}, kNan}, {{{1, kNan, 2}}, kNan}, {{{1, 2, kNan}}, kNan, DType::f64}};
  table.push_back({"reduce_max", [](Vars x) { return reduce_max(x[0], -2, true); }, inner,
                   [=](const Arrays& x) { return keep(fold_axis(x[0], 1, larger), 1); }});
  table.push_back({"reduce_mean", [](Vars x) { return reduce_mean(x[0]); }, last,
                   [](const Arrays& x) {
                     return divided(fold_axis(x[0], x[0].rank() - 1, plus), static_cast<double>(x[0].dims.back()));
                   },
                   2.5});
  OpRow arg{"argmax", [](Vars x) { return cast(argmax(x[0]), x[0].dtype()); }, last, first_largest};
  arg.order = 0;
  table.push_back(arg);
}

void add_sums(std::vector<OpRow>& table) {
  const std::vector<Sample> any = {{{rows, 7}}, {{rows, 3, 5}}, {{rows}}, {{5}}, {{4, 3}}};
  table.push_back({"sum_rows", apply(sum_rows), any, [](const Arrays& x) { return fold_axis(x[0], 0, plus); }, 4});
  table.push_back({"sum", apply(sum), any, sum_all, 4});
  OpRow bound{"magnitude_bound",
              [](Vars x) { return cast(magnitude_bound(x[0]), x[0].dtype()); },
              {{{rows, 7}}, {{rows, 3, 5}}, {{rows, 37}}, {{rows}}, {{5}}, {{4, 3}}},
              sum_of_largest,
              1};
  bound.order = -1;  // it has none
  table.push_back(bound);
  table.push_back({"mean", apply(mean), any,
                   [](const Arrays& x) { return divided(sum_all(x), static_cast<double>(x[0].values.size())); }, 5});
  table.push_back({"add_n",
                   [](Vars x) { return add_n(x); },
                   {{{rows, 7}, {rows, 7}, {rows, 7}}, {{3, 200}, {3, 200}, {3, 200}, {3, 200}}, {{}, {}}, {{4}}},
                   [](const Arrays& x) {
                     Array y = x[0];
                     y.scale.assign(y.values.size(), 0);
                     for (size_t i = 0; i < y.values.size(); ++i) {
                       y.scale[i] = std::abs(y.values[i]);
                       for (size_t k = 1; k < x.size(); ++k) {
                         y.values[i] += x[k].values[i];
                         y.scale[i] += std::abs(x[k].values[i]);
                       }
                     }
                     return y;
                   },
                   1});
  OpRow count{"row_count",
              [](Vars x) { return row_count(x[0].graph(), x[0].dtype()); },
              {{{rows, 2}}},
              [](const Arrays& x) {
                return Array{{}, {static_cast<double>(x[0].dims[0])}};
              }};
  count.order = 0;
  table.push_back(count);
}

constexpr int64_t kTableRows = 6;

Array picked(const Arrays& x) {
  const int64_t width = x[0].product(1, x[0].rank());
  std::vector<int64_t> dims = x[1].dims;
  dims.insert(dims.end(), x[0].dims.begin() + 1, x[0].dims.end());
  return move_elements(x[0], dims, [&](int64_t i) {
    return static_cast<int64_t>(x[1].values[static_cast<size_t>(i / width)]) * width + i % width;
  });
}

void add_tables(std::vector<OpRow>& table) {
  // Beside a number, whose type it takes.
  OpRow hot{"one_hot",
            [](Vars x) { return one_hot(x[0], 4, {.dtype = x[1].dtype()}) * x[1]; },
            {{{rows, 7}, {}}, {{rows}, {}}, {{5, 2}, {}}},
            [](const Arrays& x) {
              Array y = Array::zeros(x[0].dims);
              y.dims.push_back(4);
              y.values.assign(x[0].values.size() * 4, 0.0);
              for (size_t i = 0; i < x[0].values.size(); ++i)
                y.values[i * 4 + static_cast<size_t>(x[0].values[i])] = x[1].values[0];
              return y;
            }};
  hot.ids = 0;
  hot.id_bound = 4;
  table.push_back(hot);
  OpRow picks{
      "gather", apply(gather), {{{6, 3}, {rows, 4}}, {{6, 2, 3}, {rows}}, {{6}, {rows, 2}}, {{6, 3}, {5}}}, picked};
  picks.ids = 1;
  picks.id_bound = kTableRows;
  table.push_back(picks);

  // The sum becomes one op with what is picked.
  picks.make = [](Vars x) { return gather(x[0], x[1]) + tanh(x[2]); };
  picks.samples = {{{6, 3}, {rows, 4}, {rows, 4, 3}}, {{6, 2, 3}, {rows}, {rows, 2, 3}}, {{6, 33}, {rows}, {33}},
                   {{6, 2, 3}, {rows}, {3}},          {{6}, {rows, 2}, {rows, 2}},       {{6, 3}, {5}, {5, 3}}};
  picks.reference = [](const Arrays& x) {
    Array y = picked(x);
    for (size_t i = 0; i < y.values.size(); ++i) {
      const double addend = std::tanh(x[2].values[i % x[2].values.size()]);
      y.scale.push_back(std::abs(y.values[i]) + 1);
      y.values[i] += addend;
    }
    return y;
  };
  picks.ulps = 4;
  table.push_back(picks);

  OpRow adds{"scatter_add",
             [](Vars x) { return scatter_add(x[0], x[1], kTableRows); },
             {{{rows, 4}, {rows, 4, 3}}, {{rows}, {rows, 2}}, {{rows, 2}, {rows, 2}}, {{5}, {5, 3}}},
             [](const Arrays& x) {
               const int64_t width = x[1].product(x[0].rank(), x[1].rank());
               std::vector<int64_t> dims = {kTableRows};
               dims.insert(dims.end(), x[1].dims.begin() + x[0].rank(), x[1].dims.end());
               Array y = Array::zeros(dims);
               y.scale.assign(y.values.size(), 0);
               for (size_t i = 0; i < x[1].values.size(); ++i) {
                 const int64_t from = static_cast<int64_t>(i);
                 const size_t to = static_cast<size_t>(
                     static_cast<int64_t>(x[0].values[static_cast<size_t>(from / width)]) * width + from % width);
                 y.values[to] += x[1].values[i];
                 y.scale[to] += std::abs(x[1].values[i]);
               }
               return y;
             },
             4};
  adds.ids = 0;
  adds.id_bound = kTableRows;
  table.push_back(adds);
}

/// x[:, begin : begin + size] along an axis.
Array cut(const Array& x, int axis, int64_t begin, int64_t size) {
  const int64_t inner = x.product(axis + 1, x.rank()), n = x.dims[static_cast<size_t>(axis)];
  std::vector<int64_t> dims = x.dims;
  dims[static_cast<size_t>(axis)] = size;
  return move_elements(x, dims, [=](int64_t i) {
    const int64_t o = i / (size * inner), at = i / inner % size, j = i % inner;
    return (o * n + begin + at) * inner + j;
  });
}

/// Arrays one after the other along an axis.
Array joined(const Arrays& x, size_t axis) {
  Array y = x[0];
  y.values.clear();
  y.dims[axis] = 0;
  for (const Array& part : x) y.dims[axis] += part.dims[axis];
  const int64_t outer = y.product(0, static_cast<int>(axis));
  for (int64_t i = 0; i < outer; ++i) {
    for (const Array& part : x) {
      const int64_t size = part.product(static_cast<int>(axis), part.rank());
      y.values.insert(y.values.end(), part.values.begin() + i * size, part.values.begin() + (i + 1) * size);
    }
  }
  return y;
}

/// The adjoint of a slice, which no function makes by itself: x at [2, 4) of an axis of 5.
Var placed(Vars x) {
  const Var whole = broadcast_to(x[0].graph().constant(0.0, x[0].dtype()), x[0].shape().with_axis(1, 5));
  const Var part = slice(whole, 1, 2, 2);
  return x[0].graph().node(part).op->gradient(std::array{whole}, part, x[0])[0];
}

void add_movement(std::vector<OpRow>& table) {
  const std::vector<Sample> cuttable = {{{rows, 4}}, {{rows, 4, 3}}, {{3, 4, 2}}};
  table.push_back({"slice", [](Vars x) { return slice(x[0], 1, 1, 2); }, cuttable,
                   [](const Arrays& x) { return cut(x[0], 1, 1, 2); }});
  table.push_back({"slice", [](Vars x) { return slice(x[0], -1, 1, 1); }, cuttable,
                   [](const Arrays& x) { return cut(x[0], x[0].rank() - 1, 1, 1); }});
  table.push_back({"select", [](Vars x) { return select(x[0], 1, 2); }, cuttable,
                   [](const Arrays& x) {
                     Array y = cut(x[0], 1, 2, 1);
                     y.dims.erase(y.dims.begin() + 1);
                     return y;
                   }});
  table.push_back({"place", placed, {{{rows, 2}}, {{rows, 2, 3}}, {{4, 2}}}, [](const Arrays& x) {
                     std::vector<int64_t> dims = x[0].dims;
                     dims[1] = 5;
                     Array y = Array::zeros(dims);
                     const int64_t inner = x[0].product(2, x[0].rank());
                     for (size_t i = 0; i < x[0].values.size(); ++i) {
                       const int64_t o = static_cast<int64_t>(i) / (2 * inner),
                                     rest = static_cast<int64_t>(i) % (2 * inner);
                       y.values[static_cast<size_t>((o * 5 + 2) * inner + rest)] = x[0].values[i];
                     }
                     return y;
                   }});
  table.push_back({"split", [](Vars x) { return split(x[0], 2, 1)[1]; }, cuttable,
                   [](const Arrays& x) { return cut(x[0], 1, 2, 2); }});
  table.push_back({"concatenate",
                   [](Vars x) { return concatenate(x, 1); },
                   {{{rows, 2}, {rows, 3}, {rows, 1}}, {{rows, 1, 3}, {rows, 2, 3}}, {{3, 2, 2}, {3, 4, 2}}, {{4, 2}}},
                   [](const Arrays& x) { return joined(x, 1); }});
  table.push_back({"concatenate",
                   [](Vars x) { return concatenate(x); },
                   {{{rows, 4, 2}, {rows, 4, 1}}, {{2, 3, 5}, {2, 3, 1}}},
                   [](const Arrays& x) { return joined(x, 2); }});
  table.push_back({"stack",
                   [](Vars x) { return stack(x); },
                   {{{rows, 3}, {rows, 3}}, {{rows}, {rows}, {rows}}, {{2, 3}, {2, 3}}},
                   [](const Arrays& x) {
                     Array y = x[0];
                     y.dims.insert(y.dims.begin() + 1, static_cast<int64_t>(x.size()));
                     y.values.clear();
                     const size_t width = static_cast<size_t>(x[0].product(1, x[0].rank()));
                     for (size_t row = 0; row < static_cast<size_t>(x[0].dims[0]); ++row) {
                       for (const Array& a : x)
                         y.values.insert(y.values.end(), a.values.begin() + static_cast<ptrdiff_t>(row * width),
                                         a.values.begin() + static_cast<ptrdiff_t>((row + 1) * width));
                     }
                     return y;
                   }});
  table.push_back(
      {"reshape",
       [](Vars x) {
         const Shape& shape = x[0].shape();
         return reshape(x[0], shape.back() == 5 ? Shape{shape[0] / 2, 10} : Shape{shape[0], 2, shape.row_size() / 2});
       },
       {{{rows, 6}}, {{rows, 4, 3}}, {{6, 4}}, {{6, 5}}},  // the last moves elements between rows
       [](const Arrays& x) {
         Array y = x[0];
         const int64_t lead = x[0].dims[0], width = x[0].product(1, x[0].rank());
         y.dims = width == 5 ? std::vector<int64_t>{lead / 2, 10} : std::vector<int64_t>{lead, 2, width / 2};
         return y;
       }});
}

/// To [rows or 5, 4, 3], from whatever broadcasts to it.
Var broadcasted(Vars x) {
  const Shape& shape = x[0].shape();
  return broadcast_to(x[0], {shape.rank() == 3 ? (shape[0] == 1 ? 5 : shape[0]) : 5, 4, 3});
}

void add_broadcasting(std::vector<OpRow>& table) {
  table.push_back({"broadcast_to",
                   broadcasted,
                   {{{rows, 4, 1}}, {{rows, 1, 3}}, {{rows, 1, 1}}, {{1, 4, 3}}, {{4, 1}}, {{3}}, {{}}, {{1}}},
                   [](const Arrays& x) {
                     const int64_t lead = x[0].rank() == 3 && x[0].dims[0] != 1 ? x[0].dims[0] : 5;
                     Array like = Array::zeros({lead, 4, 3});
                     return each([](const std::vector<double>& e) { return e[0]; })({x[0], like});
                   }});
  table.push_back({"sum_to",
                   [](Vars x) { return sum_to(x[0], x[0].shape().with_axis(1, 1)); },
                   {{{rows, 3}}, {{rows, 4, 2}}, {{3, 5}}},
                   [](const Arrays& x) {
                     Array y = fold_axis(x[0], 1, plus);
                     y.dims.insert(y.dims.begin() + 1, 1);
                     return y;
                   },
                   2});
  table.push_back({"sum_to",
                   [](Vars x) {
                     return sum_to(x[0], {4, 1});
                   },
                   {{{rows, 4, 3}}, {{2, 4, 3}}},
                   [](const Arrays& x) {
                     Array y = fold_axis(fold_axis(x[0], 0, plus), 1, plus);
                     y.dims.push_back(1);
                     return y;
                   },
                   4});
  OpRow casts{"cast", [](Vars x) { return cast(cast(x[0], DType::i32), x[0].dtype()); }, kUnary,
              unary([](double x) { return std::trunc(x); })};
  casts.order = 0;
  casts.values = {-1000, 1000};
  casts.smooth = {0.2, 0.8};
  table.push_back(casts);
  OpRow stops{"stop_gradient", apply(stop_gradient), kUnary, unary([](double x) { return x; })};
  stops.order = -1;  // its gradient is not its derivative, on purpose: see op_test.cc
  table.push_back(stops);
}

}  // namespace

const std::vector<OpRow>& op_table() {
  static const std::vector<OpRow> table = [] {
    std::vector<OpRow> made;
    add_elementwise(made);
    add_products(made);
    add_axis_reductions(made);
    add_sums(made);
    add_tables(made);
    add_movement(made);
    add_broadcasting(made);
    add_regrouping(made);
    add_random(made);
    add_windows(made);
    add_pairs(made);
    add_functions(made);
    add_rearrangements(made);
    add_reductions(made);
    add_einsum(made);
    return made;
  }();
  return table;
}

}  // namespace reel::testing
