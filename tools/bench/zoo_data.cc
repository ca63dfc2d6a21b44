// zoo-data MODEL ROWS X.npz M.keras: a model of the zoo as it is before training, and the rows it is trained and
// validated on, for peers/zoo_keras.py. ROWS 0: all.
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <string>

#include "reel/graph/error.h"
#include "reel/models/formats/npz.h"
#include "reel/models/zoo/zoo.h"

namespace reel {
namespace {

void run(const std::string& name, int64_t rows, const std::string& data_path, const std::string& model_path) {
  const ZooModel* zoo = find_zoo_model(name);
  if (zoo == nullptr) throw ValueError("zoo-data: there is no model \"" + name + "\"");
  ZooDataOptions options;
  options.rows = rows;
  options.config = zoo->config();
  const ZooData data = zoo->load(options);
  ZooConfig config = options.config;
  config.take(data.options);
  Model model = zoo->build(config);
  if (zoo->adapt != nullptr) zoo->adapt(model, data);
  model.save(model_path);
  const auto all = [](const Samples& samples) { return samples.read(0, samples.shape()[0]); };
  save_npz(data_path, {{"x", all(data.x)},
                       {"y", all(data.y)},
                       {"validation_x", all(data.validation_x)},
                       {"validation_y", all(data.validation_y)}});
  fmt::print("{} {}\n", zoo->epochs, zoo->batch_size);
}

}  // namespace
}  // namespace reel

int main(int argc, char** argv) {
  try {
    if (argc != 5) throw reel::ValueError("usage: zoo-data MODEL ROWS X.npz M.keras");
    reel::run(argv[1], std::atoll(argv[2]), argv[3], argv[4]);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
