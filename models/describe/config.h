// Config: what objects say of themselves, as Keras's get_config() gives it: a value of JSON.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace reel {

struct ConfigJson;  // json.h

/// A value of JSON: null, a number, text, a list, or an object whose keys keep their order. Copies share it; it never
/// changes.
class Config {
 public:
  /// null.
  Config() = default;
  explicit Config(std::shared_ptr<const ConfigJson> json) : json_(std::move(json)) {}
  /// Throws ValueError, naming the place, for text that is no JSON; MemoryError for more of it than there is memory
  /// for.
  static Config parse(std::string_view text);

  /// As JSON, on one line or, with `indent`, one key a line.
  std::string str(int indent = -1) const;
  /// Equal values, whatever the order of keys.
  bool operator==(const Config& other) const;

 private:
  friend struct ConfigJson;

  std::shared_ptr<const ConfigJson> json_;
};

}  // namespace reel
