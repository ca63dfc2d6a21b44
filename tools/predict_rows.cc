#include "tools/predict_rows.h"

#include <fmt/format.h>

#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/npz.h"
#include "tools/array_file.h"
#include "tools/commands.h"
#include "tools/output.h"
#include "tools/output_files.h"
#include "tools/saved_model.h"

namespace reel::cli {
namespace {

/// The whole model, or the part of it that ends with a layer.
Model part_of(const Model& model, const std::string& layer) {
  return layer.empty() ? model : Model(model.inputs(), {model.get_layer(layer)->output()});
}

}  // namespace

int predict_rows(const Arguments& arguments) {
  const std::string out = arguments.text("out");
  if (out.empty()) throw UsageError("predict: --out is missing: a .npy for what the model gives");
  const std::vector<OutputFile> outputs = output_files(arguments, {{"out"}});
  check_replaces_none(outputs, std::vector<std::string>{arguments.word(0), arguments.text("data")});
  apply_threads(arguments);
  Model model = part_of(load_any_model(arguments.word(0)).model, arguments.text("layer"));
  const std::vector<Tensor> results = model.predict_all(read_arrays(arguments.text("data")), {.batch_size = 128});
  if (out.ends_with(".npz")) {
    NamedTensors named;
    for (size_t i = 0; i < results.size(); ++i) named.emplace_back(model.output_names()[i], results[i]);
    save_npz(out, named);
  } else if (results.size() == 1) {
    write_file_atomically(out, write_npy(results[0]));
  } else {
    throw UsageError(fmt::format("predict: the model has {} outputs, which go to an .npz", results.size()));
  }
  for (const Tensor& result : results) say("{}: {}\n", printable(out), result.type().str());
  return 0;
}

}  // namespace reel::cli
