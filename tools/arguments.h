// A command's arguments: a few words and options "--name value", checked, with messages of one line.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/error.h"

namespace reel::cli {

/// A command line that cannot be understood.
class UsageError : public Error {
 public:
  using Error::Error;
};

struct Option {
  std::string name;   ///< without dashes
  std::string value;  ///< what stands for its value in the help, "N"; empty for a switch
  std::string help;
};

/// What a command takes.
struct Syntax {
  std::string command;
  /// The words it needs, as they are called in the help: "MODEL"; behind them, "[MODEL]" may be left out.
  std::vector<std::string> words;
  std::string about;  ///< what it does, in a few lines
  std::vector<Option> options;
};

class Arguments {
 public:
  /// Throws UsageError for an option that the command lacks (and names the one that was meant), an option without its
  /// value or given twice (unless it is among the `repeatable`), and a word too few or too many.
  Arguments(const Syntax& syntax, std::span<const std::string> arguments, std::span<const std::string> repeatable = {});

  const std::string& command() const { return command_; }
  bool has_word(size_t i) const { return i < words_.size(); }
  /// Word `i`, which is there.
  const std::string& word(size_t i) const { return words_[i]; }
  bool has(const std::string& option) const { return options_.contains(option); }
  /// The option's value, or "".
  std::string text(const std::string& option) const;
  /// All values of an option that may be repeated.
  std::vector<std::string> texts(const std::string& option) const;
  /// The option's value as a whole number in [least, most], or `otherwise` where it is not given.
  int64_t number(const std::string& option, int64_t least, int64_t most, int64_t otherwise) const;

 private:
  std::string command_;
  std::vector<std::string> words_;
  std::map<std::string, std::vector<std::string>> options_;
};

/// Usage, purpose and options.
std::string help_text(const Syntax& syntax);

/// `, did you mean "train"?` for the nearest of `known`, or nothing where none is near.
std::string did_you_mean(std::string_view given, std::span<const std::string> known);

}  // namespace reel::cli
