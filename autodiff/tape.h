// Tape: records a computation and differentiates it in reverse.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reel/graph/forms.h"
#include "reel/graph/graph.h"
#include "reel/graph/run/program.h"

namespace reel {

/// A graph being recorded. Gradients are appended to the same graph, so they can be differentiated again, printed and
/// compiled like anything else.
///
///   Tape tape;
///   Var w = tape.parameter(Tensor::randn({128, 128}, 1)), x = tape.input({rows, 128});
///   Var loss = mean(square(tanh(matmul(x, w))));
///   Var dw = tape.gradient(loss, w);
///   Program step = tape.compile({loss, dw});
class Tape {
 public:
  Tape() : graph_(std::make_shared<Graph>()) {}
  /// What has been moved from has no graph any more: all but assigning another Tape to it throws Error.
  Tape(Tape&&) noexcept = default;
  Tape& operator=(Tape&&) noexcept = default;

  Graph& graph() {
    require_graph();
    return *graph_;
  }
  const Graph& graph() const {
    require_graph();
    return *graph_;
  }

  /// A value given at each run; axis 0 of the shape may be `rows`.
  Var input(const Shape& shape, DType dtype = DType::f32, std::string name = "input") {
    return graph().input({dtype, shape}, std::move(name));
  }
  /// A value that outlives the runs; shares the tensor's buffer.
  Var parameter(const Tensor& value, std::string name = "parameter") {
    return graph().parameter(value, std::move(name));
  }
  Var constant(const Tensor& value) { return graph().constant(value); }
  Var constant(double value, DType dtype = DType::f32) { return graph().constant(value, dtype); }

  /// d y / d x for each x: Vars of the same types. y: a float scalar []. An x that y does not depend on gets zeros.
  /// Work on single vectors is first hoisted through gathers (graph/rewrite), so that its gradient is too.
  /// Throws ShapeError if y is no scalar; Error if an op on the way has no gradient, or one that gives something else
  /// than adjoints of its inputs, for a Var that is empty or another tape's, and for a second derivative by a value
  /// that passes took out of the first.
  std::vector<Var> gradient(Var y, std::span<const Var> xs);
  std::vector<Var> gradient(Var y, std::initializer_list<Var> xs) {
    return gradient(y, std::span(xs.begin(), xs.size()));
  }
  Var gradient(Var y, Var x) { return gradient(y, std::span<const Var>(&x, 1))[0]; }

  /// The vector-Jacobian product: adjoints of `xs` when the adjoint of `y` (any shape) is `dy` (y's type).
  std::vector<Var> vjp(Var y, Var dy, std::span<const Var> xs);

  /// H v: the Hessian of scalar y in xs, times the direction v (the types of xs), as d/dx (dy/dx . v).
  std::vector<Var> hessian_vector_product(Var y, std::span<const Var> xs, std::span<const Var> v);

  /// J v: the Jacobian of y (any shape) in xs, times the direction v, as the transpose of the transpose: reverse mode
  /// run twice (Townsend, "A new trick for calculating Jacobian vector products", 2017).
  Var jacobian_vector_product(Var y, std::span<const Var> xs, std::span<const Var> v);

  /// A program for the outputs, taking the inputs in the order in which they were created. It may outlive the tape.
  Program compile(std::vector<Var> outputs) { return Program(graph(), {.outputs = std::move(outputs)}); }
  Program compile(Targets targets) { return Program(graph(), std::move(targets)); }

 private:
  void require_graph() const;
  /// Throws Error if the adjoints in y were made after passes had moved work past one of the xs.
  void check_not_moved(Var y, std::span<const Var> xs) const;
  /// `vjp` of y as it is recorded. Passes go over its adjoints when they are compiled, unless y needs what they
  /// have been over before.
  std::vector<Var> differentiate_recorded(Var y, Var dy, std::span<const Var> xs);
  /// Whether y depends on what differentiating has returned.
  bool depends_on_adjoints(Var y) const;
  /// What has been made of rewritten values is done with rewriting, too.
  void keep(std::span<const Var> adjoints);

  std::shared_ptr<Graph> graph_;               // Vars point at it, and programs keep it
  std::vector<std::pair<Var, Var>> rewrites_;  // what was differentiated, and what passes put in its place
  Forms adjoints_;                             // what differentiating has returned: each its own form
};

}  // namespace reel
