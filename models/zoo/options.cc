#include "reel/models/zoo/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "reel/graph/error.h"

namespace reel {

ZooOption whole_option(std::string_view name, int64_t value, std::string_view help, int64_t least, int64_t most) {
  return {.name = name,
          .kind = ZooOption::Kind::whole,
          .value = {static_cast<double>(value)},
          .least = static_cast<double>(least),
          .most = static_cast<double>(most),
          .help = help};
}

ZooOption real_option(std::string_view name, double value, std::string_view help, double least, double most) {
  return {.name = name, .kind = ZooOption::Kind::real, .value = {value}, .least = least, .most = most, .help = help};
}

ZooOption word_option(std::string_view name, std::vector<std::string_view> choices, std::string_view help) {
  const ZooValue first{0, std::string(choices.at(0))};
  return {.name = name, .kind = ZooOption::Kind::word, .value = first, .choices = std::move(choices), .help = help};
}

ZooOption data_option(std::string_view name, int64_t value, std::string_view help, int64_t most) {
  ZooOption option = whole_option(name, value, help, 1, most);
  option.is_of_data = true;
  return option;
}

std::string ZooOption::expected() const {
  if (kind == Kind::word) return fmt::format("{}", fmt::join(choices, " or "));
  const std::string_view number = kind == Kind::whole ? "a whole number" : "a number";
  return fmt::format("{} from {} to {}", number, text({least}), text({most}));
}

std::string ZooOption::text(const ZooValue& of) const {
  if (kind == Kind::word) return of.word;
  return kind == Kind::whole ? fmt::to_string(static_cast<int64_t>(of.number)) : fmt::format("{}", of.number);
}

ZooValue ZooOption::parse(std::string_view text) const {
  if (kind == Kind::word && std::ranges::find(choices, text) != choices.end()) return {0, std::string(text)};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && !text.empty();
  const bool is_in_range = is_number && number >= least && number <= most;  // false for NaN
  if (kind != Kind::word && is_in_range && (kind == Kind::real || number == std::floor(number))) return {number};
  throw ValueError(fmt::format("{} takes {}, got \"{}\"", name, expected(), excerpt(text)));
}

const ZooValue& ZooConfig::value(std::string_view name) const {
  const auto found = values.find(name);
  if (found == values.end()) throw ValueError(fmt::format("zoo: there is no option \"{}\" here", name));
  return found->second;
}

void ZooConfig::take(const std::map<std::string, int64_t>& told_by_data) {
  for (const auto& [name, number] : told_by_data) {
    const auto found = values.find(name);
    if (found != values.end()) found->second.number = static_cast<double>(number);
  }
}

}  // namespace reel
