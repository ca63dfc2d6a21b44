// reel-zoo summary MODEL
#include "tools/commands.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

int run(const Arguments& arguments) {
  say("{}", model_named(arguments.word(0)).build({}).summary());
  return 0;
}

}  // namespace

Command summary_command() {
  return {.syntax = {.command = "summary",
                     .words = {"MODEL"},
                     .about = "Prints the model's layers, their output shapes and their parameters.",
                     .options = {}},
          .summary = "its layers and parameters",
          .run = run};
}

}  // namespace reel::cli
