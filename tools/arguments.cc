#include "tools/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <numeric>
#include <sstream>

namespace reel::cli {
namespace {

namespace po = boost::program_options;

constexpr int kHelpWidth = 100;

/// Typing mistakes that lead from a to b: a letter more, less, another, or two in the wrong order (Damerau).
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before, row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    std::vector<size_t> next(b.size() + 1, i);
    for (size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j - 1] + (a[i - 1] != b[j - 1]), row[j] + 1, next[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before = std::exchange(row, std::move(next));
  }
  return row.back();
}

std::string did_you_mean_option(const std::string& given, const Syntax& syntax) {
  std::vector<std::string> known;
  for (const Option& option : syntax.options) known.push_back("--" + option.name);
  return did_you_mean(given, known);
}

po::options_description description_of(const Syntax& syntax) {
  po::options_description description("Options", kHelpWidth);
  for (const Option& option : syntax.options) {
    if (option.value.empty()) {
      description.add_options()(option.name.c_str(), option.help.c_str());
    } else {
      description.add_options()(option.name.c_str(), po::value<std::string>()->value_name(option.value),
                                option.help.c_str());
    }
  }
  return description;
}

std::string without_dashes(std::string name) {
  name.erase(0, name.find_first_not_of('-'));
  return name.substr(0, name.find('='));
}

po::parsed_options parse(const Syntax& syntax, std::span<const std::string> arguments) {
  const po::options_description description = description_of(syntax);
  po::positional_options_description words;
  try {
    // No guessing of shortened names: the option that is meant today may be another one tomorrow.
    using namespace po::command_line_style;
    return po::basic_command_line_parser<char>({arguments.begin(), arguments.end()})
        .options(description)
        .style(allow_long | long_allow_adjacent | long_allow_next)
        .run();
  } catch (const po::unknown_option& error) {
    const std::string name = without_dashes(error.get_option_name());
    throw UsageError(fmt::format("{}: there is no option \"--{}\"{}", syntax.command, excerpt(name),
                                 did_you_mean_option("--" + name, syntax)));
  } catch (const po::error_with_option_name& error) {
    const std::string name = without_dashes(error.get_option_name());
    const auto known = std::find_if(syntax.options.begin(), syntax.options.end(),
                                    [&](const Option& option) { return option.name == name; });
    if (known != syntax.options.end() && known->value.empty()) {
      throw UsageError(fmt::format("{}: --{} takes no value", syntax.command, excerpt(name)));
    }
    throw UsageError(fmt::format("{}: --{} needs a value", syntax.command, excerpt(name)));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}: {}", syntax.command, excerpt(error.what(), 300)));
  }
}

}  // namespace

Arguments::Arguments(const Syntax& syntax, std::span<const std::string> arguments, std::string_view repeatable)
    : command_(syntax.command) {
  for (const po::option& option : parse(syntax, arguments).options) {
    if (option.position_key >= 0) {
      words_.insert(words_.end(), option.value.begin(), option.value.end());
      continue;
    }
    const bool takes_next = option.original_tokens.size() > 1;
    if (takes_next && option.value.size() == 1 && option.value[0].starts_with("--")) {
      throw UsageError(fmt::format("{0}: --{1} needs a value, got \"{2}\"; if that is meant, write --{1}={2}", command_,
                                   option.string_key, excerpt(option.value[0])));
    }
    std::vector<std::string>& values = options_[option.string_key];
    if (!values.empty() && option.string_key != repeatable) {
      throw UsageError(fmt::format("{}: --{} is given twice", command_, option.string_key));
    }
    values.push_back(option.value.empty() ? "" : option.value[0]);
  }
  if (words_.size() < syntax.words.size() && !syntax.words[words_.size()].starts_with('[')) {
    throw UsageError(
        fmt::format("{}: {} is missing; see \"reel-zoo {} --help\"", command_, syntax.words[words_.size()], command_));
  }
  if (words_.size() > syntax.words.size()) {
    const std::string& extra = words_[syntax.words.size()];
    if (extra.starts_with("--")) {
      throw UsageError(
          fmt::format("{}: unexpected \"{}\": what follows \"--\" is no option", command_, excerpt(extra)));
    }
    const std::string hint =
        extra.starts_with('-') ? did_you_mean_option("--" + without_dashes(extra), syntax) : std::string();
    throw UsageError(fmt::format("{}: unexpected \"{}\"{}", command_, excerpt(extra), hint));
  }
}

std::string Arguments::text(const std::string& option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? std::string() : found->second[0];
}

std::vector<std::string> Arguments::texts(const std::string& option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? std::vector<std::string>() : found->second;
}

int64_t Arguments::number(const std::string& option, int64_t least, int64_t most, int64_t otherwise) const {
  if (!has(option)) return otherwise;
  const std::string value = text(option);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool is_number = error == std::errc() && end == value.data() + value.size() && !value.empty();
  if (!is_number || number < least || number > most) {
    throw UsageError(fmt::format("{}: --{} takes a whole number from {} to {}, got \"{}\"", command_, option, least,
                                 most, excerpt(value)));
  }
  return number;
}

std::string help_text(const Syntax& syntax) {
  std::string usage = "reel-zoo " + syntax.command;
  for (const std::string& word : syntax.words) usage += " " + word;
  if (!syntax.options.empty()) usage += " [options]";
  std::ostringstream options;
  if (!syntax.options.empty()) options << "\n" << description_of(syntax);
  return fmt::format("{}\n\n{}\n{}", usage, syntax.about, options.str());
}

std::string did_you_mean(std::string_view given, std::span<const std::string> known) {
  const std::string* nearest = nullptr;
  size_t best = std::max<size_t>(1, given.size() / 3) + 1;
  for (const std::string& name : known) {
    // A beginning counts as near: "auto" for "autoencoder".
    const size_t far = given.size() > 1 && name.starts_with(given) ? 1 : distance(given, name);
    if (far < best) {
      best = far;
      nearest = &name;
    }
  }
  return nearest != nullptr ? fmt::format(", did you mean \"{}\"?", *nearest) : std::string();
}

}  // namespace reel::cli
