// reel-zoo graph MODEL: the computation as a picture or as text.
#include <fmt/format.h>

#include "reel/graph/print.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/models/formats/file_kind.h"
#include "tools/commands.h"
#include "tools/output.h"
#include "tools/output_files.h"
#include "tools/pass_options.h"

namespace reel::cli {
namespace {

constexpr int64_t kMostSteps = 10000;

int run(const Arguments& arguments) {
  const ZooModel& model = model_named(arguments.word(0));
  const std::string dot = arguments.text("dot"), text = arguments.text("text");
  if (!arguments.has("dot") && !arguments.has("text"))
    throw UsageError("graph: say where to: --dot F for a picture, --text F for text");
  output_files(arguments, {{"dot", true, kDotKind}, {"text", true}});
  const PassOptions passes = pass_options_of(arguments);
  const bool is_text = model.kind == ZooKind::text;
  if (!is_text && arguments.has("steps")) {
    throw UsageError(fmt::format("graph: --steps is for models that read text, {} reads rows", model.name));
  }
  ZooConfig config;
  config.steps = arguments.number("steps", 1, kMostSteps, config.steps);
  Sequential sequential = model.build(config);
  passes.apply_to(sequential);
  Tape tape;
  tape.graph().passes() = sequential.compile_options().passes;
  std::vector<Var> outputs;
  if (arguments.has("forward")) {
    const Type x = is_text ? Type{DType::i32, {rows, config.steps}} : Type{DType::f32, {rows, config.features}};
    outputs = {sequential.call(tape.input(x.shape, x.dtype, "x"))};
  } else {
    outputs = sequential.training_graph(tape, {Type{DType::f32, {rows, is_text ? 1 : config.features}}});
  }
  if (arguments.has("compiled")) {
    Targets targets{.outputs = outputs};
    rewrite_for_running(tape.graph(), targets);
    outputs = targets.outputs;
  }
  Delivery delivery;
  if (!dot.empty()) delivery.attempt([&] { write_text(dot, to_dot(tape.graph(), outputs)); });
  if (!text.empty()) delivery.attempt([&] { write_text(text, to_text(tape.graph(), outputs)); });
  delivery.check();
  return 0;
}

}  // namespace

Command graph_command() {
  return {
      .syntax = {.command = "graph",
                 .words = {"MODEL"},
                 .about = "Writes the graph of a training step: the loss and its gradients in all weights. \"-\" is\n"
                          "standard output. For a picture: reel-zoo graph simple_rnn --steps 3 --dot - | dot -Tsvg",
                 .options = {{"dot", "F", "write it for Graphviz"},
                             {"text", "F", "write it as text, a line a node"},
                             {"steps", "N", "words of a review, for models that read them; 500 if not given"},
                             {"forward", "", "only what predicts, without loss and gradients"},
                             {"compiled", "", "as it runs, after all passes, not as it is differentiated"},
                             without_option()}},
      .summary = "its computation as a picture or text",
      .repeatable = "without",
      .run = run};
}

}  // namespace reel::cli
