// What training tells: logs of an epoch and of all, named as in Keras.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reel {

/// Named numbers in a fixed order: "loss", then the metrics.
class Logs {
 public:
  void set(const std::string& name, double value);
  /// Throws ValueError for a name that is not there.
  double operator[](std::string_view name) const;
  bool contains(std::string_view name) const;
  const std::vector<std::pair<std::string, double>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<std::string, double>> entries_;
};

/// What `fit` returns: the logs of each epoch; validation results have the prefix "val_".
struct History {
  struct Epoch {
    Logs logs;
    double seconds = 0;  ///< training and validation
  };
  std::vector<Epoch> epochs;

  /// One log over all epochs: history["val_loss"]. Throws ValueError for a name that is not there.
  std::vector<double> operator[](std::string_view name) const;
};

}  // namespace reel
