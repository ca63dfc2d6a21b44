// Hashing: categories of what there is no vocabulary of.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "reel/models/layer/host_layer.h"
#include "reel/models/layers/token_hash.h"

namespace reel {

struct HashingOptions {
  /// A text or a whole number that has bin 0 for itself.
  std::variant<std::monostate, std::string, int64_t> mask_value = {};
  Salt salt = {};                   ///< hashes go by SipHash with it, else by FarmHash
  std::string output_mode = "int";  ///< or "one_hot", "multi_hot", "count", as those of StringLookup
  std::string name = "";
};

/// Texts or whole numbers [n, ...] as bins: their hashes, of numbers those of their digits, modulo the number of bins.
/// Stands at a model's inputs. keras.layers.Hashing.
class Hashing : public LayerOf<Hashing, HostLayer> {
 public:
  /// Throws ValueError unless num_bins > 0.
  explicit Hashing(int64_t num_bins, HashingOptions options = {});
  std::string class_name() const override { return "Hashing"; }
  void all_fields(Fields& f) override;
  void check() const override;
  SymbolicType type_of(const SymbolicType& input) const override;
  HostValue run(const HostValue& rows_of) const override;
  bool is_wide() const override { return options_.output_mode != "int"; }

  using LayerOf::operator();
  /// At once.
  Tensor operator()(const HostValue& values) const { return run(values).numbers(class_name()); }

 private:
  int64_t bin_of(const std::string& text, bool is_masked) const;

  int64_t num_bins_;
  HashingOptions options_;
};

}  // namespace reel
