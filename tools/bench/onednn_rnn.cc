// reel-onednn MODEL THREADS SECONDS: oneDNN's primitive for the recurrent layer alone, 500 steps of 32 features to 128
// units, as a JSON line. The embedding, the last layer, the loss and the optimizer, which the other programs also run,
// are not in its figures. GRU is the variant that Keras and cuDNN have (bias after the recurrent product).
#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "reel/graph/run/subnormals.h"
#include "reel/graph/stopwatch.h"
#include "reel/models/training/batches.h"
#include "tools/timing.h"

namespace reel::bench {
namespace {

using cli::median_ms;
using cli::peak_rss_mb;

using dnnl::memory;
using dnnl::prop_kind;
using Arguments = std::unordered_map<int, memory>;

constexpr int64_t kSteps = 500, kBatch = 128, kFeatures = 32, kUnits = 128;
constexpr auto kDirection = dnnl::rnn_direction::unidirectional_left2right;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::desc floats(const memory::dims& dims, memory::format_tag tag = memory::format_tag::any) {
  return {dims, memory::data_type::f32, tag};
}

/// The descriptors of one model's layer. States are given, as zeros, although oneDNN lets them be left out: without
/// them version 2.6.3 computes wrong gradients of the recurrent weights (seen with central differences).
struct Shapes {
  int64_t gates, biases;

  memory::desc x(int64_t n) const { return floats({kSteps, n, kFeatures}, memory::format_tag::tnc); }
  memory::desc y(int64_t n) const { return floats({kSteps, n, kUnits}, memory::format_tag::tnc); }
  memory::desc state(int64_t n) const { return floats({1, 1, n, kUnits}, memory::format_tag::ldnc); }
  memory::desc kernel() const { return floats({1, 1, kFeatures, gates, kUnits}); }
  memory::desc recurrent() const { return floats({1, 1, kUnits, gates, kUnits}); }
  memory::desc bias() const { return floats({1, 1, biases, kUnits}, memory::format_tag::ldgo); }
};

struct Layer {
  dnnl::primitive_desc_base forward_desc = {}, backward_desc = {};
  dnnl::primitive forward = {}, backward = {};
};

/// `backward` is null for inference.
template <class Forward, class Backward>
Layer make(const typename Forward::desc& forward, const typename Backward::desc* backward) {
  const typename Forward::primitive_desc forward_desc(forward, cpu());
  Layer layer{.forward_desc = forward_desc, .forward = Forward(forward_desc)};
  if (backward != nullptr) {
    const typename Backward::primitive_desc backward_desc(*backward, cpu(), forward_desc);
    layer.backward_desc = backward_desc;
    layer.backward = Backward(backward_desc);
  }
  return layer;
}

Layer simple_rnn(prop_kind kind, int64_t n) {
  const Shapes s{1, 1};
  const memory::desc h = s.state(n), x = s.x(n), y = s.y(n), w = s.kernel(), u = s.recurrent(), b = s.bias();
  const auto tanh = dnnl::algorithm::eltwise_tanh;
  const dnnl::vanilla_rnn_forward::desc forward(kind, tanh, kDirection, x, h, w, u, b, y, h);
  if (kind == prop_kind::forward_inference)
    return make<dnnl::vanilla_rnn_forward, dnnl::vanilla_rnn_backward>(forward, nullptr);
  const dnnl::vanilla_rnn_backward::desc backward(prop_kind::backward, tanh, kDirection, x, h, w, u, b, y, h, x, h, w,
                                                  u, b, y, h);
  return make<dnnl::vanilla_rnn_forward, dnnl::vanilla_rnn_backward>(forward, &backward);
}

Layer lstm(prop_kind kind, int64_t n) {
  const Shapes s{4, 4};
  const memory::desc h = s.state(n), x = s.x(n), y = s.y(n), w = s.kernel(), u = s.recurrent(), b = s.bias();
  const dnnl::lstm_forward::desc forward(kind, kDirection, x, h, h, w, u, b, y, h, h);
  if (kind == prop_kind::forward_inference) return make<dnnl::lstm_forward, dnnl::lstm_backward>(forward, nullptr);
  const dnnl::lstm_backward::desc backward(prop_kind::backward, kDirection, x, h, h, w, u, b, y, h, h, x, h, h, w, u, b,
                                           y, h, h);
  return make<dnnl::lstm_forward, dnnl::lstm_backward>(forward, &backward);
}

Layer gru(prop_kind kind, int64_t n) {
  const Shapes s{3, 4};
  const memory::desc h = s.state(n), x = s.x(n), y = s.y(n), w = s.kernel(), u = s.recurrent(), b = s.bias();
  const dnnl::lbr_gru_forward::desc forward(kind, kDirection, x, h, w, u, b, y, h);
  if (kind == prop_kind::forward_inference)
    return make<dnnl::lbr_gru_forward, dnnl::lbr_gru_backward>(forward, nullptr);
  const dnnl::lbr_gru_backward::desc backward(prop_kind::backward, kDirection, x, h, w, u, b, y, h, x, h, w, u, b, y,
                                              h);
  return make<dnnl::lbr_gru_forward, dnnl::lbr_gru_backward>(forward, &backward);
}

using Maker = Layer (*)(prop_kind, int64_t);

/// Uniform on [-scale, scale).
void fill(memory& at, float scale) {
  static std::minstd_rand random(1);
  std::uniform_real_distribution<float> uniform(-scale, scale);
  auto* values = static_cast<float*>(at.get_data_handle());
  std::generate(values, values + at.get_desc().get_size() / sizeof(float), [&] { return uniform(random); });
}

void clear(memory& at) { std::memset(at.get_data_handle(), 0, at.get_desc().get_size()); }

/// The argument's memory, where the primitive has such an argument.
void add_zeros(Arguments& to, const dnnl::primitive_desc_base& desc, int argument) {
  const memory::desc type = desc.query_md(dnnl::query::exec_arg_md, argument);
  if (type.get_size() == 0) return;
  memory at(type, cpu());
  if (argument != DNNL_ARG_WORKSPACE) clear(at);  // much of which is never used, and so takes no memory
  to.insert_or_assign(argument, at);
}

/// Weights in plain order, as an optimizer keeps them.
struct Weights {
  explicit Weights(int64_t gates)
      : kernel({{1, 1, kFeatures, gates, kUnits}, memory::data_type::f32, memory::format_tag::ldigo}, cpu()),
        recurrent({{1, 1, kUnits, gates, kUnits}, memory::data_type::f32, memory::format_tag::ldigo}, cpu()) {
    fill(kernel, 0.1F);
    fill(recurrent, 0.09F);
  }
  memory kernel, recurrent;
};

class Forward {
 public:
  Forward(Layer layer, const Weights& weights) : layer_(std::move(layer)), weights_(weights) {
    for (const int id :
         {DNNL_ARG_SRC_LAYER, DNNL_ARG_SRC_ITER, DNNL_ARG_SRC_ITER_C, DNNL_ARG_WEIGHTS_LAYER, DNNL_ARG_WEIGHTS_ITER,
          DNNL_ARG_BIAS, DNNL_ARG_DST_LAYER, DNNL_ARG_DST_ITER, DNNL_ARG_DST_ITER_C, DNNL_ARG_WORKSPACE}) {
      add_zeros(arguments, layer_.forward_desc, id);
    }
    fill(arguments.at(DNNL_ARG_SRC_LAYER), 0.05F);
    take_weights();
  }
  /// Into the order that the primitive wants.
  void take_weights() {
    reorder(weights_.kernel, arguments.at(DNNL_ARG_WEIGHTS_LAYER));
    reorder(weights_.recurrent, arguments.at(DNNL_ARG_WEIGHTS_ITER));
  }
  void run() {
    layer_.forward.execute(stream, arguments);
    stream.wait();
  }

  Arguments arguments;
  dnnl::stream stream{cpu()};

 protected:
  void reorder(const memory& from, const memory& to) {
    memory source = from, target = to;
    dnnl::reorder(source, target).execute(stream, source, target);
    stream.wait();
  }
  Layer layer_;
  const Weights& weights_;
};

/// Forward, backward, and the gradients back in plain order.
class Training : public Forward {
 public:
  Training(Layer layer, const Weights& weights) : Forward(std::move(layer), weights) {
    for (const auto& [id, at] : arguments) backward_.emplace(id, at);
    for (const int id :
         {DNNL_ARG_WEIGHTS_LAYER, DNNL_ARG_WEIGHTS_ITER, DNNL_ARG_DIFF_SRC_LAYER, DNNL_ARG_DIFF_SRC_ITER,
          DNNL_ARG_DIFF_SRC_ITER_C, DNNL_ARG_DIFF_WEIGHTS_LAYER, DNNL_ARG_DIFF_WEIGHTS_ITER, DNNL_ARG_DIFF_BIAS,
          DNNL_ARG_DIFF_DST_LAYER, DNNL_ARG_DIFF_DST_ITER, DNNL_ARG_DIFF_DST_ITER_C}) {
      add_zeros(backward_, layer_.backward_desc, id);
    }
    fill(backward_.at(DNNL_ARG_DIFF_DST_ITER), 1e-3F);  // only the last state goes on to the loss
  }
  void step() {
    take_weights();
    run();
    reorder(weights_.kernel, backward_.at(DNNL_ARG_WEIGHTS_LAYER));
    reorder(weights_.recurrent, backward_.at(DNNL_ARG_WEIGHTS_ITER));
    for (const int id : {DNNL_ARG_DIFF_WEIGHTS_LAYER, DNNL_ARG_DIFF_WEIGHTS_ITER, DNNL_ARG_DIFF_BIAS}) {
      clear(backward_.at(id));  // the primitive adds to them
    }
    layer_.backward.execute(stream, backward_);
    stream.wait();
    reorder(backward_.at(DNNL_ARG_DIFF_WEIGHTS_LAYER), d_kernel_);
    reorder(backward_.at(DNNL_ARG_DIFF_WEIGHTS_ITER), d_recurrent_);
  }

 private:
  Arguments backward_;
  memory d_kernel_{weights_.kernel.get_desc(), cpu()}, d_recurrent_{weights_.recurrent.get_desc(), cpu()};
};

int run(const std::string& model, int threads, double seconds) {
  static const std::unordered_map<std::string, std::pair<Maker, int64_t>> makers{
      {"simple_rnn", {simple_rnn, 1}}, {"lstm", {lstm, 4}}, {"gru", {gru, 3}}};
  const auto at = makers.find(model);
  if (at == makers.end()) {
    fmt::print(stderr, "reel-onednn: no recurrent layer for the model {}\n", model);
    return 2;
  }
  const auto [make_layer, gates] = at->second;
  omp_set_num_threads(threads);
  const Stopwatch watch;
  const Weights weights(gates);
  Training training(make_layer(prop_kind::forward_training, kBatch), weights);
  training.step();
  const double first = 1e3 * watch.seconds();
  const double train = median_ms(seconds, [&](int64_t) { training.step(); });
  Forward batch(make_layer(prop_kind::forward_inference, kBatch), weights);
  const double forward = median_ms(seconds, [&](int64_t) { batch.run(); });
  Forward single(make_layer(prop_kind::forward_inference, 1), weights);
  const double one = median_ms(seconds, [&](int64_t) { single.run(); });
  const dnnl_version_t& version = *dnnl_version();
  fmt::print(
      R"({{"name": "oneDNN {}.{}.{}, recurrent layer only", "train_ms": {}, "forward_ms": {}, "one_row_ms": {}, )"
      R"("first_step_ms": {}, "peak_rss_mb": {}}})"
      "\n",
      version.major, version.minor, version.patch, train, forward, one, first, peak_rss_mb());
  return 0;
}

}  // namespace
}  // namespace reel::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: reel-onednn simple_rnn|lstm|gru THREADS SECONDS\n");
    return 2;
  }
  const reel::FlushSubnormals flush;  // before OpenMP makes its threads, which take it over
  try {
    return reel::bench::run(argv[1], std::stoi(argv[2]), std::stod(argv[3]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "reel-onednn: {}\n", error.what());
    return 2;
  }
}
