// Counts what steps allocate once a program has run: nothing. Exits with 1, and a line for each case, where one does.
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "reel/reel.h"

namespace {
std::atomic<int64_t> allocations = 0;

void* counted(size_t bytes, size_t alignment) {
  ++allocations;
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

void* operator new(size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(size_t bytes, const std::nothrow_t&) noexcept { return operator new(bytes); }
void* operator new(size_t bytes, std::align_val_t alignment) { return counted(bytes, static_cast<size_t>(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

namespace reel {
namespace {

constexpr int kSteps = 20;

/// What `kSteps` more runs allocate after three that warm up.
template <class Step>
int64_t allocated_by(Step&& step) {
  for (int i = 0; i < 3; ++i) step();
  const int64_t before = allocations;
  for (int i = 0; i < kSteps; ++i) step();
  return allocations - before;
}

int64_t training_program() {
  Tape tape;
  const Var x = tape.input({rows, 5}), w = tape.parameter(Tensor::uniform({5, 5}, -1, 1, 1));
  const Var loss = mean(square(relu(matmul(x, w)) - x));
  const Var step = w - 0.01 * tape.gradient(loss, std::span(&w, 1))[0];
  Program program = tape.compile({.outputs = {loss}, .assignments = {{w, step}}, .guard = loss, .inputs = {x}});
  const Tensor batch = Tensor::uniform({10, 5}, 0, 1, 2);
  std::vector<Tensor> outputs;
  return allocated_by([&] { program.run(std::span(&batch, 1), outputs); });
}

/// A map that is iterated: outputs are the next inputs, one of them in a buffer and one a sum over rows.
int64_t iterated_map() {
  Tape tape;
  const Var x = tape.input({rows, 5}), y = tape.input({});
  Program program = tape.compile({tanh(x) + y, mean(x)});
  std::vector<Tensor> state{Tensor::uniform({10, 5}, 0, 1, 2), Tensor::scalar(1)};
  return allocated_by([&] { program.run(state, state); });
}

/// A step of `fit`: what twice as many steps allocate beyond what half of them do.
int64_t fit_of(std::vector<LayerPtr> layers, const Optimizer& optimizer, const Tensor& x, const Tensor& y) {
  Sequential model(std::move(layers));
  model.compile({.loss = MeanSquaredError{}, .optimizer = optimizer});
  const auto fit = [&](int64_t row_count) {
    const int64_t before = allocations;
    model.fit(x.slice_rows(0, row_count), y.slice_rows(0, row_count),
              {.batch_size = 10, .verbose = Verbose::silent, .shuffle = false});
    return allocations - before;
  };
  fit(x.shape()[0]);
  const int64_t half = fit(x.shape()[0] / 2);
  return fit(x.shape()[0]) - half;
}

int64_t autoencoder() {
  const Tensor x = Tensor::uniform({400, 5}, 0, 1, 3);
  return fit_of({Dense(100, {.activation = relu}), Dense(5, {.activation = relu})}, SGD{.learning_rate = 0.01}, x, x);
}

int64_t recurrence() {
  Tensor ids(DType::i32, {400, 12});
  for (int64_t i = 0; i < ids.size(); ++i) ids.data<int32_t>()[static_cast<size_t>(i)] = static_cast<int32_t>(i % 7);
  return fit_of({Embedding(7, 4), SimpleRNN(8), Dense(1)}, Adam{}, ids, Tensor::full({400, 1}, 1));
}

}  // namespace
}  // namespace reel

int main() {
  reel::set_threads(1);
  int failed = 0;
  const auto check = [&](const char* what, int64_t count) {
    fmt::print("{}: {} allocations\n", what, count);
    failed += count != 0;
  };
  check("a training program", reel::training_program());
  check("a map that is iterated", reel::iterated_map());
  check("fit, autoencoder with SGD", reel::autoencoder());
  check("fit, recurrence with Adam", reel::recurrence());
  return failed > 0 ? 1 : 0;
}
