// initializers.{json,npz}: initializers that draw nothing, regularizers with gradients, constraints.
#include <fmt/format.h>

#include "golden/case_files.h"
#include "golden/cases.h"
#include "golden/described.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/models/constraints/constraint.h"
#include "reel/models/initializers/initializer.h"
#include "reel/models/regularizers/regularizer.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kAllowed{1e-6, 1e-7};

void replay_initializer(const reel::Json& spec, const Arrays& arrays, Case& result) {
  const Initializer initializer = made_of<Initializer>(spec, result);
  const Tensor& keras = arrays[spec.at("value")];
  if (spec["keras_class"] == "Identity" && spec["config"].empty() && keras.at(0) != 1) {
    throw Unsupported("a gain, which Keras's config does not tell");
  }
  Random random(0, Purpose::weights);
  result.compare("value", initializer(Shape(spec.at("shape").get<std::vector<int64_t>>()), random), keras, kExact);
}

void replay_regularizer(const reel::Json& spec, const Arrays& arrays, Case& result) {
  const Regularizer regularizer = made_of<Regularizer>(spec, result);
  Tape tape;
  const Var w = tape.parameter(arrays[spec.at("x")]), penalty = regularizer(w);
  const std::vector<Tensor> ours = tape.compile({penalty, tape.gradient(penalty, w)}).run();
  result.compare("value", ours[0], arrays[spec.at("value")], kAllowed);
  result.compare("gradient", ours[1], arrays[spec.at("gradient")], kAllowed);
}

void replay_constraint(const reel::Json& spec, const Arrays& arrays, Case& result) {
  const Constraint constraint = made_of<Constraint>(spec, result);
  Tape tape;
  const std::vector<Tensor> ours = tape.compile({constraint(tape.parameter(arrays[spec.at("x")]))}).run();
  result.compare("value", ours[0], arrays[spec.at("value")], kAllowed);
}

void replay_file(const fs::path& folder, const std::string& part, Report& report) {
  const reel::Json index = read_ordered_json(folder / (part + ".json"));
  const Arrays arrays(folder / (part + ".npz"));
  const std::pair<const char*, void (*)(const reel::Json&, const Arrays&, Case&)> kinds[] = {
      {"initializers", replay_initializer}, {"regularizers", replay_regularizer}, {"constraints", replay_constraint}};
  for (const auto& [kind, replay] : kinds) {
    for (const reel::Json& spec : index.at(kind)) {
      report.run(fmt::format("{}/{}/{}", part, kind, spec.at("name").get<std::string>()),
                 [&, run = replay](Case& result) { run(spec, arrays, result); });
    }
  }
}

}  // namespace

void replay_initializers(const fs::path& folder, Report& report) {
  for (const std::string& part : stems_of_part(folder, "initializers")) {
    report.run_part(part, [&] { replay_file(folder, part, report); });
  }
}

}  // namespace reel::golden
