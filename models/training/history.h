// What training tells: logs of an epoch and of all, named as in Keras.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
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
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  size_t size() const { return entries_.size(); }
  /// In their order: `const auto [loss, accuracy] = model.evaluate(x, y).values<2>();`. Throws ValueError for another
  /// number of them.
  template <size_t N>
  std::array<double, N> values() const {
    if (entries_.size() != N) refuse_count(N);
    std::array<double, N> all;
    for (size_t i = 0; i < N; ++i) all[i] = entries_[i].second;
    return all;
  }
  /// "loss: 0.6931, accuracy: 0.5"
  std::string str() const;
  friend std::ostream& operator<<(std::ostream& out, const Logs& logs);

 private:
  [[noreturn]] void refuse_count(size_t asked) const;

  std::vector<std::pair<std::string, double>> entries_;
};

/// What `fit` returns: the logs of each epoch; validation results have the prefix "val_".
struct History {
  struct Epoch {
    Logs logs;
    double seconds = 0;  ///< training and validation
    int64_t epoch = 0;   ///< counted from 0
  };
  std::vector<Epoch> epochs;

  /// One log over all epochs that have it: history["val_loss"]. Throws ValueError for a name that none has.
  std::vector<double> operator[](std::string_view name) const;
};

}  // namespace reel
