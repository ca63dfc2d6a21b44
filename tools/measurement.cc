#include "tools/turns.h"

#include <algorithm>

#include "tools/loading.h"

namespace reel::cli {
namespace {

constexpr int64_t kBatches = 10;

}  // namespace

Turns load_turns(const ZooModel& model, const Arguments& arguments, std::FILE* people) {
  ZooDataOptions options = talking_options(people);
  options.path = arguments.text("data");
  options.rows = model.batch_size * kBatches;
  Turns turns{{}, load_data(model, options, people), 0};
  turns.batch_size = std::min(model.batch_size, turns.data.x.shape()[0]);
  if (model.kind == ZooKind::rows) turns.config.features = turns.data.x.shape()[1];
  return turns;
}

}  // namespace reel::cli
