// Rows of the products: ops/matmul.cc, ops/transpose.cc.
#include "ops/op_rows.h"

#include <algorithm>

#include "reel/ops/batched_matmul.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

Array matmul_reference(const Arrays& x) {
  const Array &a = x[0], &b = x[1];
  const int64_t k = b.dims[0], n = b.dims[1], m = a.product(0, a.rank() - 1);
  Array c = product(
      m, n, k, [&](int64_t i, int64_t p) { return a.values[static_cast<size_t>(i * k + p)]; },
      [&](int64_t p, int64_t j) { return b.values[static_cast<size_t>(p * n + j)]; });
  c.dims = a.dims;
  c.dims.back() = n;
  return c;
}

/// c + tanh(x), x as it is or a row for all
Array plus_tanh(Array c, const Array& x) {
  for (size_t i = 0; i < c.values.size(); ++i) {
    c.values[i] += std::tanh(x.values[i % x.values.size()]);
    c.scale[i] += 1;
  }
  return c;
}

/// The second operand [n, k] as [k, n].
Array transposed(const Array& x) {
  const int64_t m = x.dims[0], n = x.dims[1];
  return move_elements(x, {n, m}, [=](int64_t i) { return i % m * n + i / m; });
}

Array matmul_nt_reference(const Arrays& x) { return matmul_reference({x[0], transposed(x[1])}); }

/// The same array with its last two axes in the other order.
Array with_matrices_transposed(const Array& x) {
  const int64_t m = x.dims[x.dims.size() - 2], n = x.dims.back();
  std::vector<int64_t> dims = x.dims;
  std::swap(dims[dims.size() - 2], dims.back());
  return move_elements(x, dims, [=](int64_t i) { return i / (m * n) * m * n + i % m * n + i / m % n; });
}

/// numpy.matmul of operands with batch axes.
Array batched_reference(const Arrays& x) {
  const Array &a = x[0], &b = x[1];
  const int64_t m = a.dims[a.dims.size() - 2], k = a.dims.back(), n = b.dims.back();
  // Arrays of the indices of matrices broadcast as the matrices do.
  Arrays which;
  for (const Array& of : x) {
    which.push_back(Array::zeros({of.dims.begin(), of.dims.end() - 2}));
    for (size_t i = 0; i < which.back().values.size(); ++i) which.back().values[i] = static_cast<double>(i);
  }
  const Array of_a = each([](const std::vector<double>&e) { return e[0]; })(which),
              of_b = each([](const std::vector<double>&e) { return e[1]; })(which);
  Array c = Array::zeros(of_a.dims);
  c.values.clear();
  c.dims.insert(c.dims.end(), {m, n});
  for (size_t item = 0; item < of_a.values.size(); ++item) {
    const auto from_a = static_cast<int64_t>(of_a.values[item]) * m * k,
               from_b = static_cast<int64_t>(of_b.values[item]) * k * n;
    const Array part = product(
        m, n, k, [&](int64_t i, int64_t p) { return a.values[static_cast<size_t>(from_a + i * k + p)]; },
        [&](int64_t p, int64_t j) { return b.values[static_cast<size_t>(from_b + p * n + j)]; });
    c.values.insert(c.values.end(), part.values.begin(), part.values.end());
    c.scale.insert(c.scale.end(), part.scale.begin(), part.scale.end());
  }
  return c;
}

/// The op that sums by rows of the output, on the operands of matmul_tn.
Var matmul_tn_by_output(Vars x) {
  Graph& graph = x[0].graph();
  return graph.add(graph.node(matmul_tn(x[0], x[1])).op->by_output_rows(), x);
}

Array matmul_tn_reference(const Arrays& x) {
  const Array &a = x[0], &b = x[1];
  const int64_t k = a.dims.back(), n = b.dims.back(), m = a.product(0, a.rank() - 1);
  return product(
      k, n, m, [&](int64_t i, int64_t p) { return a.values[static_cast<size_t>(p * k + i)]; },
      [&](int64_t p, int64_t j) { return b.values[static_cast<size_t>(p * n + j)]; });
}

/// Each operand as it is or transposed; more than a block of rows, a panel of columns, a part of k.
void add_batched_products(std::vector<OpRow>& table) {
  table.push_back({"matmul",
                   apply(matmul),
                   {{{rows, 4, 5}, {rows, 5, 7}},
                    {{rows, 2, 9, 3}, {rows, 2, 3, 33}},
                    {{rows, 2, 3, 4}, {rows, 1, 4, 2}},
                    {{rows, 2, 3, 4}, {2, 4, 5}},
                    {{2, 3, 4}, {rows, 1, 4, 5}},
                    {{3, 4}, {rows, 4, 5}},
                    {{1, 3, 4}, {rows, 4, 5}},
                    {{3, 3, 4}, {3, 4, 5}},
                    {{2, 1, 3, 4}, {5, 4, 1}}},
                   batched_reference,
                   3});
  const std::vector<Sample> nt = {{{rows, 4, 5}, {rows, 7, 5}},
                                  {{rows, 2, 9, 3}, {rows, 2, 33, 3}},
                                  {{rows, 2, 3, 4}, {2, 5, 4}},
                                  {{3, 4}, {rows, 70, 4}},
                                  {{2, 3, 4}, {2, 5, 4}}};
  table.push_back({"matmul_nt", apply(matmul_nt), nt,
                   [](const Arrays& x) {
                     return batched_reference({x[0], with_matrices_transposed(x[1])});
                   },
                   3});
  table.push_back({"batched_matmul",
                   [](Vars x) { return batched_matmul(x[0], x[1], {.a = true}); },
                   {{{rows, 5, 4}, {rows, 5, 7}}, {{rows, 2, 3, 9}, {rows, 1, 3, 33}}, {{4, 3}, {rows, 4, 2}}},
                   [](const Arrays& x) {
                     return batched_reference({with_matrices_transposed(x[0]), x[1]});
                   },
                   3});
  table.push_back({"batched_matmul",
                   [](Vars x) { return batched_matmul(x[0], x[1], {.a = true, .b = true}); },
                   {{{rows, 5, 4}, {rows, 7, 5}}, {{rows, 2, 3, 9}, {2, 33, 3}}},
                   [](const Arrays& x) {
                     return batched_reference({with_matrices_transposed(x[0]), with_matrices_transposed(x[1])});
                   },
                   3});
}

/// Sums of up to n products or terms are off by less than n/2 units; rounding errors mostly cancel.
}  // namespace

void add_products(std::vector<OpRow>& table) {
  add_batched_products(table);
  table.push_back({"matmul",
                   apply(matmul),
                   {{{rows, 5}, {5, 7}},
                    {{rows, 3, 5}, {5, 4}},
                    {{rows, 9}, {9, 33}},
                    {{rows, 16}, {16, 33}},
                    {{70, 13}, {13, 41}},
                    {{6, 5}, {5, 3}},
                    {{70, 2}, {2, 17}},
                    {{rows, 1}, {1, 1}}},
                   matmul_reference,
                   3});
  // The sum becomes one op with the product, be its second operand packed or not.
  table.push_back({"matmul",
                   [](Vars x) { return tanh(x[2]) + matmul(x[0], x[1]); },
                   {{{rows, 16}, {16, 33}, {rows, 33}},
                    {{rows, 2, 17}, {17, 32}, {rows, 2, 32}},
                    {{rows, 5}, {5, 7}, {rows, 7}},
                    {{rows, 16}, {16, 33}, {33}},
                    {{rows, 2, 5}, {5, 7}, {7}}},
                   [](const Arrays& x) { return plus_tanh(matmul_reference(x), x[2]); },
                   4});
  table.push_back({"matmul_nt",
                   apply(matmul_nt),
                   {{{rows, 5}, {7, 5}},
                    {{rows, 3, 5}, {4, 5}},
                    {{rows, 9}, {33, 9}},
                    {{rows, 16}, {70, 16}},
                    {{70, 13}, {41, 13}},
                    {{6, 5}, {3, 5}},
                    {{rows, 1}, {1, 1}}},
                   matmul_nt_reference,
                   3});
  table.push_back({"matmul_nt",
                   [](Vars x) { return tanh(x[2]) + matmul_nt(x[0], x[1]); },
                   {{{3, 16}, {33, 16}, {3, 33}}, {{3, 5}, {7, 5}, {7}}},
                   [](const Arrays& x) { return plus_tanh(matmul_nt_reference(x), x[2]); },
                   4});
  table.push_back({"matmul_tn_by_output",
                   matmul_tn_by_output,
                   {{{rows, 3}, {rows, 4}}, {{rows, 2, 3}, {rows, 2, 17}}, {{6, 70}, {6, 66}}, {{rows, 9}, {rows, 1}}},
                   matmul_tn_reference,
                   4});
  table.push_back({"matmul_tn",
                   apply(matmul_tn),
                   {{{rows, 3}, {rows, 4}}, {{rows, 2, 3}, {rows, 2, 17}}, {{6, 3}, {6, 2}}, {{rows, 9}, {rows, 1}}},
                   matmul_tn_reference,
                   4});
  table.push_back({"transpose", apply(transpose), {{{5, 7}}, {{17, 33}}, {{1, 4}}}, [](const Arrays& x) {
                     return transposed(x[0]);
                   }});
}

}  // namespace reel::testing
