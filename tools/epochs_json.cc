#include "tools/epochs_json.h"

#include <utility>

namespace reel::cli {

nlohmann::ordered_json epochs_json(const History& history) {
  nlohmann::ordered_json epochs = nlohmann::ordered_json::array();
  for (const History::Epoch& epoch : history.epochs) {
    nlohmann::ordered_json entry;
    for (const auto& [name, value] : epoch.logs.entries()) entry[name] = value;
    entry["seconds"] = epoch.seconds;
    epochs.push_back(std::move(entry));
  }
  return epochs;
}

}  // namespace reel::cli
