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
  if (arguments.has("steps") && model.option("steps") == nullptr) {
    throw UsageError(fmt::format("graph: --steps is for models that read sequences, {} reads rows", model.name));
  }
  ZooConfig config = config_of(arguments, model);
  if (arguments.has("steps")) {
    config.values["steps"].number = static_cast<double>(arguments.number("steps", 1, kMostSteps, 1));
  }
  Model built = model.build(config);
  passes.apply_to(built);
  Tape tape;
  tape.graph().passes() = built.compile_options().passes;
  std::vector<Var> outputs;
  if (arguments.has("forward")) {
    const Type x = built.inputs().at(0).type().at(1);
    outputs = {built.call(tape.input(x.shape.with_lead(rows), x.dtype, "x"))};
  } else {
    const Type output = built.outputs().at(0).type().at(1);
    const Type y = model.targets_are_classes ? Type{DType::i32, output.shape.without_axis(output.shape.rank() - 1)}
                                             : Type{DType::f32, output.shape};
    outputs = built.training_graph(tape, {{y.dtype, y.shape.with_lead(rows)}});
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
                             {"steps", "N",
                              "words of a review, or steps of what a model reads; as for train if not given"},
                             {"forward", "", "only what predicts, without loss and gradients"},
                             {"compiled", "", "as it runs, after all passes, not as it is differentiated"},
                             set_option(),
                             without_option()}},
      .summary = "its computation as a picture or text",
      .repeatable = {"without", "set"},
      .run = run};
}

}  // namespace reel::cli
