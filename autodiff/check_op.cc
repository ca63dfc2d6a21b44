#include "reel/autodiff/check_op.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "reel/autodiff/check_gradients.h"
#include "reel/autodiff/checking/checks.h"
#include "reel/autodiff/checking/finite_gradient.h"
#include "reel/autodiff/checking/sample_values.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/graph/run/with_threads.h"
#include "reel/ops/ops.h"
#include "reel/ops/simd_targets.h"

namespace reel {
namespace {

using checking::concrete, checking::same_bits, checking::Subject;

constexpr int64_t kManyRows = 1001, kSomeRows = 37, kFewRows = 3;

/// What `make` records, and perhaps its adjoints.
struct Recorded {
  Tape tape;
  std::vector<Var> inputs, adjoints;
  Var y;

  Recorded(const OpMaker& make, const std::vector<Type>& types) {
    for (const Type& type : types) inputs.push_back(tape.input(type.shape, type.dtype));
    y = make(inputs);
    tape.graph().require_own(y, "check_op");
    if (tape.graph().node(y).leaf != Leaf::none) throw OpCheckError("check_op: what is to be checked records no op");
  }

  std::string name() const { return std::string(tape.graph().node(y).op->name()); }
  /// Adjoints of what is a float, given one of y: one more input.
  void differentiate() {
    std::vector<Var> wrt;
    for (const Var& input : inputs) {
      if (input.dtype() != DType::i32) wrt.push_back(input);
    }
    if (wrt.empty() || y.dtype() == DType::i32) return;
    inputs.push_back(tape.input(y.shape(), y.dtype()));
    adjoints = tape.vjp(y, inputs.back(), wrt);
  }
  std::vector<Var> outputs() const {
    std::vector<Var> all{y};
    all.insert(all.end(), adjoints.begin(), adjoints.end());
    return all;
  }
  std::vector<Type> types() const {
    std::vector<Type> all;
    for (const Var& input : inputs) all.push_back(input.type());
    return all;
  }
  std::vector<Tensor> run(const std::vector<Tensor>& values) {
    return tape.compile(Targets{.outputs = outputs(), .inputs = inputs}).run(values);
  }
};

/// What nodes come to for two sets of inputs, by nothing but Op::run.
class Values {
 public:
  explicit Values(int64_t row_count) : row_count_(row_count) {}

  void set(int32_t id, const Tensor& value, const Tensor& other) {
    values_[id] = value;
    others_[id] = other;
  }
  void set(int32_t id, Subject subject) {
    const DType dtype = subject.type.dtype;
    const Tensor value = checking::run_whole(subject).cast(dtype);
    std::swap(subject.values, subject.others);
    set(id, value, checking::run_whole(subject).cast(dtype));
  }
  Subject subject_of(const Graph& graph, const Node& node) const {
    Subject subject{node.op, graph.input_types(node), node.type, {}, {}, row_count_};
    for (const int32_t input : node.inputs) {
      subject.values.push_back(values_.at(input));
      subject.others.push_back(others_.at(input));
    }
    return subject;
  }

 private:
  int64_t row_count_;
  std::map<int32_t, Tensor> values_, others_;
};

/// Equal for subjects that need be checked but once.
std::string text_of(const Subject& subject) {
  std::string text = fmt::format("{} {}", subject.op->name(), subject.op->attributes());
  for (const Type& type : subject.types) text += " " + type.str();
  return text;
}

class OpChecker {
 public:
  OpChecker(const OpMaker& make, const std::vector<Type>& types, const OpCheckOptions& options)
      : make_(make), types_(types), options_(options), name_(Recorded(make, types).name()) {}

  void run() {
    std::map<DType, Tensor> best;
    on_each_target([&](bool is_best) {
      check_ops(types_, is_best ? kManyRows : kSomeRows, false);
      if (options_.in_double) check_ops(in_double(), kSomeRows, false);
      check_values(types_, best);
      if (options_.in_double) check_values(in_double(), best);
    });
    check_attributes();
    check_gradient();
    if (options_.order > 0) {
      on_each_target([&](bool is_best) {
        check_ops(types_, is_best ? kManyRows : kSomeRows, true);
        if (options_.in_double) check_ops(in_double(), kSomeRows, true);
      });
    }
    check_threads();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw OpCheckError(fmt::format("{}: {}", name_, what)); }

  template <class Check>
  static void on_each_target(Check&& check) {
    const std::vector<int64_t> targets = simd_targets();
    for (const int64_t target : targets) {
      const OnSimdTarget on(target);
      try {
        check(target == targets[0]);
      } catch (const OpCheckError& error) {
        if (target == targets[0]) throw;
        throw OpCheckError(fmt::format("{}, on {}", error.what(), simd_target_name(target)));
      }
    }
  }

  std::vector<Type> in_double() const {
    std::vector<Type> types = types_;
    for (Type& type : types) type.dtype = type.dtype == DType::i32 ? DType::i32 : DType::f64;
    return types;
  }

  /// How many rows a batch has: those of the values, where they are given.
  int64_t rows_of(int64_t wanted) const {
    for (size_t i = 0; i < options_.at.size() && i < types_.size(); ++i) {
      if (types_[i].shape.has_rows()) return options_.at[i].shape().lead();
    }
    return wanted;
  }

  std::vector<Tensor> values_of(const std::vector<Type>& types, int64_t row_count, uint64_t seed = 7) const {
    Random random(seed);
    std::vector<Tensor> values;
    for (size_t i = 0; i < types.size(); ++i) {
      const Type type{types[i].dtype, concrete(types[i].shape, row_count)};
      if (i < options_.at.size()) {
        values.push_back(options_.at[i].cast(type.dtype));
      } else if (type.dtype == DType::i32) {
        values.push_back(checking::random_ids(type.shape, options_.ids, random));
      } else {
        values.push_back(checking::random_values(type, {options_.low, options_.high}, random));
      }
    }
    return values;
  }

  /// Every op that is recorded by itself, or those of the adjoints.
  void check_ops(const std::vector<Type>& types, int64_t wanted_rows, bool of_adjoints) const {
    Recorded recorded(make_, types);
    const Graph& graph = recorded.tape.graph();
    if (graph.prefix_source() >= 0) return;  // rows that only a program knows
    const int32_t forward = graph.size();
    if (of_adjoints) recorded.differentiate();
    Values values = values_of_inputs(recorded, rows_of(wanted_rows));
    std::set<std::string> checked;
    for (const int32_t id : reachable(graph, recorded.outputs())) {
      const Node& node = graph.node(id);
      if (node.leaf == Leaf::none) {
        const Subject subject = values.subject_of(graph, node);
        const bool is_new = checked.insert(text_of(subject)).second;
        if (is_new && (id >= forward) == of_adjoints) check_op_alone(subject);
        values.set(id, subject);
      } else if (node.leaf != Leaf::input) {
        values.set(id, node.value, node.value);
      }
    }
  }

  void check_op_alone(const Subject& subject) const {
    checking::check_subject(subject);
    if (options_.order > 0) checking::check_finite_gradient(subject);
  }

  Values values_of_inputs(const Recorded& recorded, int64_t row_count) const {
    Values values(row_count);
    const std::vector<Tensor> some = values_of(recorded.types(), row_count, 7),
                              others = values_of(recorded.types(), row_count, 8);
    for (size_t i = 0; i < some.size(); ++i) values.set(recorded.inputs[i].id(), some[i], others[i]);
    return values;
  }

  /// In a program: against the reference, and against the best target.
  void check_values(const std::vector<Type>& types, std::map<DType, Tensor>& best) const {
    Recorded recorded(make_, types);
    const std::vector<Tensor> values = values_of(types, rows_of(kSomeRows));
    const Tensor y = recorded.run(values)[0];
    if (options_.reference) check_reference(y, values);
    const auto [found, is_new] = best.emplace(types == types_ ? DType::f32 : DType::f64, y);
    if (!is_new && !same_bits(found->second, y)) fail("targets: gives other bits than on the best one");
  }

  void check_reference(const Tensor& y, const std::vector<Tensor>& values) const {
    const OpReference expected = options_.reference(values);
    if (static_cast<int64_t>(expected.values.size()) != y.size())
      fail(fmt::format("values: gives {}, the reference {} elements", y.type().str(), expected.values.size()));
    const double unit = y.dtype() == DType::f64 ? 0x1p-52 : 0x1p-23;
    // The reference itself comes from a C library that may be off by a unit.
    const double ulps = options_.ulps > 0.5 && y.dtype() == DType::f64 ? options_.ulps + 1 : options_.ulps;
    for (int64_t i = 0; i < y.size(); ++i) {
      const size_t at = static_cast<size_t>(i);
      const double wanted = expected.values[at], scale = expected.scale.empty() ? std::abs(wanted) : expected.scale[at];
      if (y.at(i) == wanted || (std::isnan(y.at(i)) && std::isnan(wanted))) continue;
      if (std::abs(y.at(i) - wanted) <= ulps * unit * scale) continue;
      fail(fmt::format("values: element {} of {} is {}, expected {} within {} units", i, y.type().str(), y.at(i),
                       wanted, options_.ulps));
    }
  }

  /// Recorded side by side, each must give what it gives alone.
  void check_attributes() const {
    std::vector<OpMaker> makers{make_};
    makers.insert(makers.end(), options_.others.begin(), options_.others.end());
    if (makers.size() < 2) return;
    const std::vector<Tensor> values = values_of(types_, rows_of(kSomeRows));
    std::vector<Var> together;
    const OpMaker make_all = [&](std::span<const Var> inputs) {
      for (const OpMaker& make : makers) together.push_back(make(inputs));
      return together[0];
    };
    Recorded all(make_all, types_);
    const std::vector<Tensor> found = all.tape.compile(Targets{.outputs = together, .inputs = all.inputs}).run(values);
    for (size_t i = 0; i < makers.size(); ++i) {
      Recorded alone(makers[i], types_);
      if (same_bits(alone.run(values)[0], found[i])) continue;
      const std::string attributes = alone.tape.graph().node(alone.y).op->attributes();
      fail(fmt::format("attributes: do not tell it from an op that gives other bits, both are \"{}\"", attributes));
    }
  }

  void check_threads() const {
    Recorded recorded(make_, types_);
    if (options_.order > 0) recorded.differentiate();
    const std::vector<Tensor> values = values_of(recorded.types(), rows_of(kManyRows));
    std::vector<Tensor> first;
    for (const int count : {1, 2, 3}) {
      const WithThreads with(count);
      const std::vector<Tensor> found = recorded.run(values);
      if (first.empty()) first = found;
      for (size_t i = 0; i < found.size(); ++i) {
        if (same_bits(found[i], first[i])) continue;
        fail(fmt::format("threads: {} has other bits on {} threads than on one", i == 0 ? "its value" : "an adjoint",
                         count));
      }
    }
  }

  std::vector<Tensor> smooth_values() const {
    const std::vector<Type> types = in_double();
    std::vector<Tensor> values = values_of(types, rows_of(kFewRows), 8);
    int64_t most = 1;
    for (const Tensor& value : values) most = std::max(most, value.size());
    for (size_t i = options_.at.size(); i < values.size(); ++i) {
      if (types[i].dtype == DType::i32) continue;
      values[i] = checking::smooth_values(values[i].shape(), {options_.smooth_low, options_.smooth_high}, most, i);
    }
    return values;
  }

  void check_gradient() const {
    const bool has_floats = std::ranges::any_of(types_, [](const Type& type) { return type.dtype != DType::i32; });
    if (options_.order < 0 || !has_floats || Recorded(make_, types_).y.dtype() == DType::i32) return;
    const GradientCheckOptions how{
        .order = std::max(options_.order, 1), .directions = 2, .tolerance = options_.tolerance};
    GradientCheck check;
    try {
      check = check_gradients([&](Tape&, std::span<const Var> x) { return make_(x); }, smooth_values(), how);
    } catch (const Error& error) {
      fail(fmt::format("gradient: {}", error.what()));
    }
    if (!check) fail(check.message);
    if (options_.order == 0 && check.analytic != 0) fail("gradient: none is expected, but " + check.message);
  }

  const OpMaker& make_;
  const std::vector<Type>& types_;
  const OpCheckOptions& options_;
  std::string name_;
};

}  // namespace

void check_op(const OpMaker& make, const std::vector<Type>& inputs, const OpCheckOptions& options) {
  OpChecker(make, inputs, options).run();
}

}  // namespace reel
