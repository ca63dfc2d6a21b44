// reel-zoo convert FROM TO
#include <fmt/format.h>

#include "reel/models/files/weights_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/read_file.h"
#include "tools/commands.h"
#include "tools/output.h"
#include "tools/output_files.h"
#include "tools/saved_model.h"

namespace reel::cli {
namespace {

void convert_weights(const std::vector<std::byte>& bytes, const std::string& from, const std::string& to) {
  const WeightsFile file = parse_weights_file(bytes, from);
  if (!to.ends_with(".npz") && !to.ends_with(".safetensors"))
    throw UsageError(fmt::format("convert: {} holds weights alone, which go to .npz or .safetensors", printable(from)));
  write_weights_file(to, file.tensors, file.note);
}

int run(const Arguments& arguments) {
  const std::string &from = arguments.word(0), &to = arguments.word(1);
  check_model_path(to);
  if (const std::string why = why_not_writable(to); !why.empty())
    throw DataError(fmt::format("{}: {}", printable(to), why));
  const std::vector<std::byte> bytes = read_file(from);
  if (holds_layers(bytes)) {
    save_any_model(to, load_any_model(from));
  } else {
    convert_weights(bytes, from, to);
  }
  say("{}: written\n", printable(to));
  return 0;
}

}  // namespace

Command convert_command() {
  return {
      .syntax = {.command = "convert",
                 .words = {"FROM", "TO"},
                 .about = "Writes the model of a file as another kind of file, which the extension says: .keras or\n"
                          ".h5 for Keras, or its weights alone, as .weights.h5, .npz or .safetensors.",
                 .options = {}},
      .summary = "a model's file as one of another kind",
      .run = run};
}

}  // namespace reel::cli
