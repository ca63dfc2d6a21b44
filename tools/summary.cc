// reel-zoo summary MODEL
#include <filesystem>

#include "tools/commands.h"
#include "tools/output.h"
#include "tools/saved_model.h"

namespace reel::cli {
namespace {

Model built(const ZooModel& zoo) { return zoo.build(zoo.config()); }

int run(const Arguments& arguments) {
  const std::string& model = arguments.word(0);
  const bool is_file = find_zoo_model(model) == nullptr && std::filesystem::exists(model);
  say("{}", is_file ? load_any_model(model).model.summary() : built(model_named(model)).summary());
  return 0;
}

}  // namespace

Command summary_command() {
  return {.syntax = {.command = "summary",
                     .words = {"MODEL"},
                     .about = "Prints the layers of a model of the zoo, or of a file, their output shapes and their\n"
                              "parameters.",
                     .options = {}},
          .summary = "its layers and parameters",
          .run = run};
}

}  // namespace reel::cli
