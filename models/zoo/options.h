// The named options of a model of the zoo, which `--set name=value` changes, and what they are set to.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/shape.h"

namespace reel {

/// What an option is set to: a number, or one of its words.
struct ZooValue {
  double number = 0;
  std::string word = {};

  bool operator==(const ZooValue&) const = default;
};

/// One option: its default, what it may be, and what it is for.
struct ZooOption {
  enum class Kind : uint8_t { whole, real, word };

  std::string_view name;
  Kind kind;
  ZooValue value;                              ///< unless it is set
  double least = 0, most = 0;                  ///< of numbers
  std::vector<std::string_view> choices = {};  ///< of words
  std::string_view help;
  bool is_of_data = false;  ///< whether the data tell it, and not the user

  /// From text. Throws ValueError, which tells what it may be, for anything else.
  ZooValue parse(std::string_view text) const;
  /// The reverse: "128", "0.001", "lstm".
  std::string text(const ZooValue& value) const;
  /// "a whole number from 1 to 4096", "lstm, gru or simple_rnn"
  std::string expected() const;
};

// The kinds that there are, as models list them.
ZooOption whole_option(std::string_view name, int64_t value, std::string_view help, int64_t least = 1,
                       int64_t most = 65536);
ZooOption real_option(std::string_view name, double value, std::string_view help, double least, double most);
ZooOption word_option(std::string_view name, std::vector<std::string_view> choices, std::string_view help);
/// A whole number that the data tell.
ZooOption data_option(std::string_view name, int64_t value, std::string_view help, int64_t most = 1 << 24);

/// What may differ between two instances of a model.
struct ZooConfig {
  uint64_t seed = 0;                                         ///< of initial weights and shuffling
  int64_t most_parameters = Shape::kMaxSize;                 ///< of a model whose size a file gives, see ModelOptions
  std::map<std::string, ZooValue, std::less<>> values = {};  ///< of all the model's options

  // Throw ValueError for an option that the model does not have.
  int64_t operator[](std::string_view name) const { return static_cast<int64_t>(value(name).number); }
  double real(std::string_view name) const { return value(name).number; }
  const std::string& word(std::string_view name) const { return value(name).word; }
  bool has(std::string_view name) const { return values.contains(name); }
  /// Sets those of the options that there are.
  void take(const std::map<std::string, int64_t>& told_by_data);

 private:
  const ZooValue& value(std::string_view name) const;
};

}  // namespace reel
