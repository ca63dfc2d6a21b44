// Matrix products over many shapes, to the bit: k is cut into equal parts, each of them a chain of fused multiply-adds
// in order from zero, which are added up one after the other.
#include <catch2/catch.hpp>
#include <cmath>

#include "graph/interpreter.h"
#include "ops/simd_targets.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

struct Extents {
  int64_t m, n, k;
};

/// Corners of the register blocking and of the vector widths, in all combinations that fit the time, and primes.
std::vector<Extents> extents() {
  std::vector<Extents> all;
  for (const int64_t m : {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13}) {
    for (const int64_t n : {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40}) all.push_back({m, n, 1 + (m * 5 + n) % 11});
  }
  Random random(3);
  const auto any = [&] { return 1 + static_cast<int64_t>(random.below(70)); };
  for (int i = 0; i < 60; ++i) all.push_back({any(), any(), any()});
  for (const int64_t p : {1, 11, 23, 37, 53, 61, 67}) {
    for (const int64_t q : {1, 29, 41, 70}) {
      all.push_back({p, q, 70 - p + 1});
      all.push_back({q, p, 43});
    }
  }
  // Past the depth that is taken at a time, past the rows that are packed together, and in many panels.
  for (const Extents& e : {Extents{7, 70, 257}, {13, 40, 600}, {40, 33, 513}, {64, 64, 300}, {130, 70, 20}}) {
    all.push_back(e);
  }
  for (const Extents& e :
       {Extents{193, 65, 259}, {200, 130, 37}, {97, 80, 515}, {20, 270, 300}, {7, 300, 20}, {8, 300, 9}})
    all.push_back(e);
  // An operand so wide that it is asked for ahead, by few rows and by many.
  for (const Extents& e : {Extents{3, 530, 600}, {5, 530, 600}, {33, 530, 300}, {33, 530, 600}}) all.push_back(e);
  return all;
}

/// The most steps of a part, as `docs/reproducibility.md` says.
constexpr int64_t kDepth = 256;

/// One step along k: the column of A and the row of B that it multiplies.
template <class T>
struct Step {
  const T *a, *b;
  int64_t a_row = 1;  ///< from one element of the column to the next
};

/// C [m, n] += the products of all steps, cut into equal parts.
template <class T>
void add_in_parts(Tensor& c, const std::vector<Step<T>>& steps) {
  const int64_t m = c.shape()[0], n = c.shape()[1], k = static_cast<int64_t>(steps.size());
  const int64_t parts = (k + kDepth - 1) / kDepth;
  for (int64_t part = 0; part < parts; ++part) {
    for (int64_t i = 0; i < m * n; ++i) {
      T sum = 0;
      for (int64_t p = k * part / parts; p < k * (part + 1) / parts; ++p) {
        const Step<T>& step = steps[static_cast<size_t>(p)];
        sum = std::fma(step.a[i / n * step.a_row], step.b[i % n], sum);
      }
      c.data<T>()[static_cast<size_t>(i)] += sum;
    }
  }
}

/// The steps of A B, an element of A being a[i * a_row + p * a_k].
template <class T>
std::vector<Step<T>> steps_of(int64_t k, int64_t n, const Tensor& a, int64_t a_row, int64_t a_k, const Tensor& b) {
  std::vector<Step<T>> steps;
  for (int64_t p = 0; p < k; ++p) steps.push_back({a.data<T>().data() + p * a_k, b.data<T>().data() + p * n, a_row});
  return steps;
}

/// c[i, j] = the sum over p of a[i * a_row + p * a_k] b[p * n + j], in parts.
template <class T>
Tensor in_parts(const Extents& e, const Tensor& a, int64_t a_row, int64_t a_k, const Tensor& b) {
  Tensor c = Tensor::zeros({e.m, e.n}, dtype_of<T>);
  add_in_parts(c, steps_of<T>(e.k, e.n, a, a_row, a_k, b));
  return c;
}

/// Checks that c is off what a sum in double says by no more than the roundings of a part, and of adding the parts up,
/// in units of the element type, of the sum of |terms|.
void check_near(const Extents& e, const Tensor& c, const Tensor& a, int64_t a_row, int64_t a_k, const Tensor& b) {
  const double unit = c.dtype() == DType::f32 ? 0x1p-24 : 0x1p-53;
  const int64_t roundings = std::min(e.k, kDepth) + (e.k + kDepth - 1) / kDepth;
  for (int64_t i = 0; i < e.m; ++i) {
    for (int64_t j = 0; j < e.n; ++j) {
      double sum = 0, scale = 0;
      for (int64_t p = 0; p < e.k; ++p) {
        const double term = a.at(i * a_row + p * a_k) * b.at(p * e.n + j);
        sum += term;
        scale += std::abs(term);
      }
      if (std::abs(c.at(i * e.n + j) - sum) > unit * static_cast<double>(roundings) * scale) {
        FAIL_CHECK("element " << i << ", " << j << " is " << c.at(i * e.n + j) << ", expected " << sum);
      }
    }
  }
}

template <class F>
void for_each_case(F&& f) {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    for (const Extents& e : extents()) {
      INFO(hwy::TargetName(target) << " m " << e.m << ", n " << e.n << ", k " << e.k);
      f.template operator()<float>(e);
      f.template operator()<double>(e);
    }
  }
}

TEST_CASE("gemm: matmul is the sum over k in parts, plain and packed", "[gemm]") {
  for_each_case([]<class T>(const Extents& e) {
    const Tensor a = Tensor::randn({e.m, e.k}, 1, dtype_of<T>), b = Tensor::randn({e.k, e.n}, 2, dtype_of<T>);
    const Tensor expected = in_parts<T>(e, a, e.k, 1, b);
    check_near(e, expected, a, e.k, 1, b);
    Tape tape;
    const Var right = tape.parameter(b), batch = tape.input({rows, e.k}, dtype_of<T>);
    const Var plain = matmul(tape.parameter(a), right), tiled = matmul(batch, right);
    const auto whole = interpret(tape.graph(), std::array{plain}, {}, 1);
    CHECK(same_bits(whole[plain], expected));
    // By Program, a batch is cut into tiles and a wide operand packed, a far one only if it is read twice.
    const std::vector<Tensor> both = tape.compile({tiled, matmul(-(-batch), right)}).run({a});
    CHECK(same_bits(both[0], expected));
    CHECK(same_bits(both[1], expected));
    CHECK(same_bits(tape.compile({tiled}).run({a})[0], expected));
  });
}

TEST_CASE("gemm: matmul_nt is the same sum, its operand packed before or by the product", "[gemm]") {
  for_each_case([]<class T>(const Extents& e) {
    const Tensor a = Tensor::randn({e.m, e.k}, 1, dtype_of<T>), b = Tensor::randn({e.n, e.k}, 2, dtype_of<T>);
    Tape tape;
    const Var right = tape.parameter(b), batch = tape.input({rows, e.k}, dtype_of<T>);
    const Tensor expected = in_parts<T>(e, a, e.k, 1, value_of(transpose(right)));
    const Var plain = matmul_nt(tape.parameter(a), right);
    CHECK(same_bits(interpret(tape.graph(), std::array{plain}, {}, 1)[plain], expected));
    CHECK(same_bits(tape.compile({matmul_nt(batch, right)}).run({a})[0], expected));
  });
}

TEST_CASE("gemm: a transposed product by rows of the output is the same sum", "[gemm]") {
  for_each_case([]<class T>(const Extents& e) {
    const Tensor a = Tensor::randn({e.k, e.m}, 1, dtype_of<T>), b = Tensor::randn({e.k, e.n}, 2, dtype_of<T>);
    Tape tape;
    Graph& graph = tape.graph();
    const std::array x{tape.input({rows, e.m}, dtype_of<T>), tape.input({rows, e.n}, dtype_of<T>)};
    const Var y = graph.add(graph.node(matmul_tn(x[0], x[1])).op->by_output_rows(), x);
    CHECK(same_bits(tape.compile({y}).run({a, b})[0], in_parts<T>(e, a, 1, e.m, b)));
  });
}

TEST_CASE("gemm: a product that adds to what is there rounds as product and addition do", "[gemm]") {
  for_each_case([]<class T>(const Extents& e) {
    const Tensor a = Tensor::randn({e.m, e.k}, 1, dtype_of<T>), b = Tensor::randn({e.k, e.n}, 2, dtype_of<T>);
    const Tensor c = Tensor::randn({e.m, e.n}, 3, dtype_of<T>), bias = Tensor::randn({e.n}, 4, dtype_of<T>);
    Tape tape;
    const Var x = tape.input({rows, e.k}, dtype_of<T>), addend = tape.input({rows, e.n}, dtype_of<T>);
    const Var product = matmul(x, tape.parameter(b));  // of each sum one op, and packed where that pays
    const Tensor sum = tape.compile({-addend + product}).run({a, c})[0];
    const Tensor moved = tape.compile({product + tape.parameter(bias)}).run({a})[0];
    const Tensor expected = in_parts<T>(e, a, e.k, 1, b);
    Tensor expected_sum = expected.clone(), expected_moved = expected.clone();
    for (int64_t i = 0; i < expected.size(); ++i) {
      const auto at = static_cast<size_t>(i);
      expected_sum.data<T>()[at] += -c.data<T>()[at];
      expected_moved.data<T>()[at] += bias.data<T>()[static_cast<size_t>(i % e.n)];
    }
    CHECK(same_bits(sum, expected_sum));
    CHECK(same_bits(moved, expected_moved));
  });
}

/// So many pairs of operands of a contraction into C [m, n], and the steps of all of them.
template <class T>
struct Contractions {
  std::vector<Tensor> values;
  std::vector<Operand> operands;
  std::vector<int64_t> counts;
  std::vector<Step<T>> steps = {};

  Contractions(int64_t m, int64_t n, std::vector<int64_t> row_counts) : counts(std::move(row_counts)) {
    for (const int64_t count : counts) {
      for (const int64_t width : {m, n}) values.push_back(Tensor::randn({count, width}, values.size(), dtype_of<T>));
      const std::vector<Step<T>> more = steps_of<T>(count, n, values.end()[-2], 1, m, values.back());
      steps.insert(steps.end(), more.begin(), more.end());
    }
    for (const Tensor& value : values) operands.push_back({value.raw(), &value.type()});
  }

  /// All in one call.
  void run_into(Tensor& sum) const {
    std::vector<Block> blocks;
    for (size_t i = 0; i < counts.size(); ++i) {
      blocks.push_back({counts[i], 0, counts[i], std::span(operands).subspan(2 * i, 2), sum.raw(), &sum.type()});
    }
    Tape tape;
    const Var made = matmul_tn(tape.parameter(values[0]), tape.parameter(values[1]));
    tape.graph().node(made).op->run_many(blocks);
  }
};

TEST_CASE("gemm: several contractions into one accumulator are one sum, cut into parts as a whole", "[gemm]") {
  for_each_case([]<class T>(const Extents& e) {
    for (const std::vector<int64_t>& counts :
         {std::vector{e.k, 1 + e.k / 3, e.k + 5}, std::vector<int64_t>(8, 1 + e.k / 5)}) {
      const Contractions<T> contractions(e.m, e.n, counts);
      const Tensor start = Tensor::randn({e.m, e.n}, 99, dtype_of<T>);
      Tensor together = start.clone(), expected = start.clone();
      contractions.run_into(together);
      add_in_parts(expected, contractions.steps);
      CHECK(same_bits(together, expected));
    }
  });
}

TEST_CASE("gemm: of very many contractions, sixteen at a time are one sum", "[gemm]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    const Contractions<float> contractions(40, 70, std::vector<int64_t>(35, 23));
    Tensor together = Tensor::zeros({40, 70}), expected = Tensor::zeros({40, 70});
    contractions.run_into(together);
    const auto at = [&](size_t pair) { return contractions.steps.begin() + static_cast<std::ptrdiff_t>(23 * pair); };
    for (const auto& [begin, end] : {std::pair{0, 16}, {16, 32}, {32, 35}}) {
      add_in_parts(expected, std::vector(at(static_cast<size_t>(begin)), at(static_cast<size_t>(end))));
    }
    CHECK(same_bits(together, expected));
  }
}

TEST_CASE("gemm: matmul over inner axes takes every vector as a row", "[gemm]") {
  for (const int64_t target : runnable_targets()) {
    const OnTarget on(target);
    const Tensor a = Tensor::randn({5, 7, 9}, 1), b = Tensor::randn({9, 33}, 2);
    Tape tape;
    const Var x = tape.input({rows, 7, 9});
    const Tensor y = tape.compile({matmul(x, tape.parameter(b))}).run({a})[0];
    CHECK(y.shape() == Shape{5, 7, 33});
    const Tensor flat = in_parts<float>({35, 33, 9}, a.reshaped({35, 9}), 9, 1, b);
    CHECK(same_bits(y.reshaped({35, 33}), flat));
  }
}

TEST_CASE("gemm: matmul_tn is the sum over rows, each block of them added to the last", "[gemm]") {
  for_each_case([]<class T>(const Extents& e) {
    const Tensor a = Tensor::randn({e.k, e.m}, 1, dtype_of<T>), b = Tensor::randn({e.k, e.n}, 2, dtype_of<T>);
    check_near(e, in_parts<T>(e, a, 1, e.m, b), a, 1, e.m, b);
    Tape tape;
    const Var y = matmul_tn(tape.parameter(a), tape.parameter(b));
    const std::vector<Step<T>> steps = steps_of<T>(e.k, e.n, a, 1, e.m, b);
    for (const int64_t block : {e.k, int64_t{7}}) {
      Tensor expected = Tensor::zeros({e.m, e.n}, dtype_of<T>);
      for (int64_t begin = 0; begin < e.k; begin += block) {
        const auto end = steps.begin() + std::min(begin + block, e.k);
        add_in_parts(expected, std::vector(steps.begin() + begin, end));
      }
      CHECK(same_bits(interpret(tape.graph(), std::array{y}, {}, 1, block)[y], expected));
    }
  });
}

}  // namespace
}  // namespace reel::testing
