// reel-kernels: kernels as a program runs them, with Google Benchmark; oneDNN's sgemm in the same run.
//
//   reel-kernels --benchmark_filter=matmul --benchmark_min_time=0.2
//
// Every Reel figure is that of a compiled Program, so it holds what a user pays: packing the second factor, cutting
// into tiles, the output's memory. `overhead` is what is left of that for hardly any work; short products are chained,
// 64 in a program, as they are in a recurrence, so that little of it falls on each. "peak" is the share of the
// multiply-adds that a loop in registers reaches on as many threads, measured when the program starts.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <omp.h>
#include <reel/reel.h>

#include <cmath>
#include <functional>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#include <thread>

#include "tools/timing.h"

namespace reel::bench {
namespace {

using cli::peak_gflops;
using cli::seconds_used;

constexpr int64_t kChain = 64;  // products of a program; even

double peak_of(int threads) {
  static std::map<int, double> peaks;
  const auto [at, is_new] = peaks.try_emplace(threads);
  if (is_new) at->second = peak_gflops(threads);
  return at->second;
}

/// Runs `work` as often as Google Benchmark wants, and reports its rates: of `flops` operations each time, also as a
/// percentage of the peak of `threads` threads, and of `bytes` read and written.
template <class Work>
void time(benchmark::State& state, double flops, double bytes, int threads, const Work& work) {
  const double peak = flops > 0 ? peak_of(threads) : 0;
  const double begin = seconds_used(threads);
  for (auto _ : state) work();
  const double seconds = (seconds_used(threads) - begin) / static_cast<double>(state.iterations());
  state.counters["ns"] = 1e9 * seconds;
  if (flops > 0) {
    state.counters["GFLOP/s"] = flops / seconds / 1e9;
    state.counters["peak%"] = 100 * flops / seconds / 1e9 / peak;
  }
  if (bytes > 0) state.counters["GB/s"] = bytes / seconds / 1e9;
}

double product_flops(int64_t m, int64_t k, int64_t n) { return 2.0 * static_cast<double>(m * k * n); }

/// Keeps the length of a vector that it multiplies about as it is, so that chains neither overflow nor die away.
Tensor factor(int64_t k, int64_t n, uint64_t seed) {
  Tensor w = Tensor::randn({k, n}, seed);
  for (float& value : w.data<float>()) value /= std::sqrt(static_cast<float>(n));
  return w;
}

// --- what running a program costs that does nothing ---

void overhead(benchmark::State& state) {
  set_threads(1);
  Tape tape;
  const Var x = tape.input({rows, 1});
  Program program = tape.compile({x + 1.0});
  time(state, 0, 0, 1, [&, one = Tensor::zeros({1, 1})] { program.run({one}); });
}
BENCHMARK(overhead)->UseRealTime();

// --- products of a tile of rows ---

/// [rows, k] x [k, n], then back by [n, k], and so on: products of one size each, 2 rows k n operations.
void matmul(benchmark::State& state) {
  set_threads(1);
  const int64_t m = state.range(0), k = state.range(1), n = state.range(2);
  Tape tape;
  Var x = tape.input({rows, k});
  const Var there = tape.parameter(factor(k, n, 1)), back = tape.parameter(factor(n, k, 2));
  for (int64_t i = 0; i < kChain; i += 2) x = reel::matmul(reel::matmul(x, there), back);
  Program program = tape.compile({x});
  const Tensor input = Tensor::randn({m, k}, 3);
  time(state, product_flops(kChain * m, k, n), 0, 1, [&] { program.run({input}); });
}

void matmul_onednn(benchmark::State& state) {
  omp_set_num_threads(1);
  const int64_t m = state.range(0), k = state.range(1), n = state.range(2);
  Tensor x = Tensor::randn({m, k}, 3), y(DType::f32, {m, n});
  const Tensor there = factor(k, n, 1), back = factor(n, k, 2);
  time(state, product_flops(kChain * m, k, n), 0, 1, [&] {
    for (int64_t i = 0; i < kChain; i += 2) {
      dnnl::sgemm('N', 'N', m, n, k, 1, x.data<float>().data(), k, there.data<float>().data(), n, 0,
                  y.data<float>().data(), n);
      dnnl::sgemm('N', 'N', m, k, n, 1, y.data<float>().data(), n, back.data<float>().data(), k, 0,
                  x.data<float>().data(), k);
    }
  });
}

/// Rows of a tile, and the factors of recurrent and dense layers.
void tile_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"rows", "k", "n"})->UseRealTime();
  constexpr std::pair<int64_t, int64_t> kFactors[] = {{16, 16},   {32, 32},   {64, 64},     {128, 128},
                                                      {256, 256}, {512, 512}, {1024, 1024}, {32, 128},
                                                      {128, 384}, {128, 512}, {784, 32},    {5, 100}};
  for (const auto& [k, n] : kFactors) {
    for (const int64_t m : {1, 2, 4, 8, 16, 32, 64}) benchmark->Args({m, k, n});
  }
}
BENCHMARK(matmul)->Apply(tile_shapes);
BENCHMARK(matmul_onednn)->Apply(tile_shapes);

// --- large products: one in a program ---

void large(benchmark::State& state) {
  const int64_t size = state.range(0);
  const int used = static_cast<int>(state.range(1));
  set_threads(used);
  Tape tape;
  Program program = tape.compile({reel::matmul(tape.input({rows, size}), tape.parameter(factor(size, size, 1)))});
  const Tensor input = Tensor::randn({size, size}, 3);
  time(state, product_flops(size, size, size), 0, used, [&] { program.run({input}); });
}

void large_onednn(benchmark::State& state) {
  const int64_t size = state.range(0);
  const int used = static_cast<int>(state.range(1));
  omp_set_num_threads(used);
  const Tensor x = Tensor::randn({size, size}, 3), w = factor(size, size, 1);
  time(state, product_flops(size, size, size), 0, used, [&] {
    Tensor y(DType::f32, {size, size});
    dnnl::sgemm('N', 'N', size, size, size, 1, x.data<float>().data(), size, w.data<float>().data(), size, 0,
                y.data<float>().data(), size);
  });
}

void large_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"size", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
  const int all = static_cast<int>(std::thread::hardware_concurrency());
  for (const int64_t size : {512, 1024, 2048, 4096}) {
    for (int used = 1; used <= all; used *= 2) benchmark->Args({size, used});
  }
}
BENCHMARK(large)->Apply(large_shapes);
BENCHMARK(large_onednn)->Apply(large_shapes);

// --- the gradient of a weight: sixteen steps' contributions to one sum ---

constexpr int64_t kSteps = 16;

void matmul_tn(benchmark::State& state) {
  set_threads(1);
  const int64_t m = state.range(0), k = state.range(1), n = state.range(2);
  Tape tape;
  std::vector<Var> terms;
  std::vector<Tensor> inputs;
  for (int64_t step = 0; step < kSteps; ++step) {
    const Var a = tape.input({rows, k}), b = tape.input({rows, n});
    terms.push_back(reel::matmul_tn(a, b));
    inputs.push_back(Tensor::randn({m, k}, static_cast<uint64_t>(2 * step)));
    inputs.push_back(Tensor::randn({m, n}, static_cast<uint64_t>(2 * step + 1)));
  }
  Program program = tape.compile({add_n(terms)});
  time(state, product_flops(kSteps * m, k, n), 0, 1, [&] { program.run(inputs); });
}

void matmul_tn_onednn(benchmark::State& state) {
  omp_set_num_threads(1);
  const int64_t m = state.range(0), k = state.range(1), n = state.range(2);
  std::vector<Tensor> a, b;
  for (int64_t step = 0; step < kSteps; ++step) {
    a.push_back(Tensor::randn({m, k}, static_cast<uint64_t>(2 * step)));
    b.push_back(Tensor::randn({m, n}, static_cast<uint64_t>(2 * step + 1)));
  }
  time(state, product_flops(kSteps * m, k, n), 0, 1, [&] {
    Tensor c(DType::f32, {k, n});
    for (size_t step = 0; step < a.size(); ++step) {
      dnnl::sgemm('T', 'N', k, n, m, 1, a[step].data<float>().data(), k, b[step].data<float>().data(), n,
                  step == 0 ? 0.0F : 1.0F, c.data<float>().data(), n);
    }
  });
}

void gradient_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"rows", "k", "n"})->UseRealTime();
  constexpr std::pair<int64_t, int64_t> kFactors[] = {{32, 32},   {128, 128}, {256, 256},
                                                      {512, 512}, {32, 128},  {128, 512}};
  for (const auto& [k, n] : kFactors) {
    for (const int64_t m : {8, 16, 32}) benchmark->Args({m, k, n});
  }
}
BENCHMARK(matmul_tn)->Apply(gradient_shapes);
BENCHMARK(matmul_tn_onednn)->Apply(gradient_shapes);

// --- elementwise: one op in a program; 32 rows stay in cache, 4096 do not ---

void elementwise(benchmark::State& state, const std::function<Var(Var x, Var y)>& op, int operands) {
  set_threads(1);
  constexpr int64_t kColumns = 1024;
  const int64_t m = state.range(0);
  Tape tape;
  const Var x = tape.input({rows, kColumns}), y = tape.input({rows, kColumns});
  Program program = tape.compile({.outputs = {op(x, y)}, .inputs = {x, y}});
  const std::vector<Tensor> inputs{Tensor::uniform({m, kColumns}, 0.1, 2, 1),
                                   Tensor::uniform({m, kColumns}, 0.1, 2, 2)};
  time(state, 0, static_cast<double>((operands + 1) * m * kColumns) * sizeof(float), 1, [&] { program.run(inputs); });
}

void register_elementwise() {
  const auto add = [](const char* name, int operands, std::function<Var(Var, Var)> op) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { elementwise(state, op, operands); })
        ->ArgName("rows")
        ->Arg(32)
        ->Arg(4096)
        ->UseRealTime();
  };
  add("add", 2, [](Var x, Var y) { return x + y; });
  add("multiply", 2, [](Var x, Var y) { return x * y; });
  add("divide", 2, [](Var x, Var y) { return x / y; });
  add("relu", 1, [](Var x, Var) { return relu(x); });
  add("sqrt", 1, [](Var x, Var) { return sqrt(x); });
  add("exp", 1, [](Var x, Var) { return exp(x); });
  add("log", 1, [](Var x, Var) { return log(x); });
  add("tanh", 1, [](Var x, Var) { return tanh(x); });
  add("sigmoid", 1, [](Var x, Var) { return sigmoid(x); });
  add("softplus", 1, [](Var x, Var) { return softplus(x); });
  add("erf", 1, [](Var x, Var) { return erf(x); });
}

// --- tables: 64,000 words of a batch of reviews; bytes of the picked rows, read and written ---

constexpr int64_t kWords = 5000, kBatch = 128, kLength = 500;

/// Frequent words come first, as in reviews: the share of rank r falls about as 1 / r.
Tensor word_ids() {
  Tensor ids(DType::i32, {kBatch, kLength});
  std::mt19937 random(1);
  std::uniform_real_distribution<double> exponent(0, std::log(static_cast<double>(kWords)));
  for (int32_t& id : ids.data<int32_t>()) id = static_cast<int32_t>(std::exp(exponent(random))) - 1;
  return ids;
}

void gather(benchmark::State& state) {
  set_threads(1);
  const int64_t width = state.range(0);
  Tape tape;
  Program program = tape.compile(
      {reel::gather(tape.parameter(Tensor::randn({kWords, width}, 1)), tape.input({rows, kLength}, DType::i32))});
  const Tensor ids = word_ids();
  time(state, 0, 2.0 * static_cast<double>(kBatch * kLength * width) * sizeof(float), 1, [&] { program.run({ids}); });
}

void scatter_add(benchmark::State& state) {
  set_threads(1);
  const int64_t width = state.range(0);
  Tape tape;
  const Var ids = tape.input({rows, kLength}, DType::i32), updates = tape.input({rows, kLength, width});
  Program program = tape.compile({reel::scatter_add(ids, updates, kWords)});
  const std::vector<Tensor> inputs{word_ids(), Tensor::randn({kBatch, kLength, width}, 1)};
  time(state, 0, 3.0 * static_cast<double>(kBatch * kLength * width) * sizeof(float), 1, [&] { program.run(inputs); });
}

BENCHMARK(gather)->ArgName("width")->Arg(32)->Arg(128)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(scatter_add)->ArgName("width")->Arg(32)->Arg(128)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Peaks first, and into the report, so that the shares can be judged.
void add_peaks() {
  const int all = static_cast<int>(std::thread::hardware_concurrency());
  for (int used = 1; used <= all; used *= 2) {
    benchmark::AddCustomContext(fmt::format("peak GFLOP/s, {} thread{}", used, used == 1 ? "" : "s"),
                                fmt::format("{:.1f}", peak_of(used)));
  }
}

}  // namespace
}  // namespace reel::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  reel::bench::register_elementwise();
  reel::bench::add_peaks();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
