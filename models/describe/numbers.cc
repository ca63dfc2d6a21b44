#include "reel/models/describe/numbers.h"

#include <fmt/format.h>

#include <type_traits>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel {
namespace {

template <class T>
T number_in(const Json& json) {
  constexpr bool kWhole = std::is_integral_v<T>;
  if (kWhole ? json.is_number_integer() : json.is_number()) return json.get<T>();
  throw ValueError(fmt::format("expected null, {}, or a list of such, got {}", kWhole ? "a whole number" : "a number",
                               excerpt_of(json)));
}

}  // namespace

template <class T>
Config Numbers<T>::config() const {
  return config_of(is_null() ? Json() : is_list_ ? Json(values_) : Json(values_[0]));
}

template <class T>
Numbers<T> Numbers<T>::from_config(const Config& config) {
  const Json& json = json_of(config);
  if (json.is_null()) return {};
  if (!json.is_array()) return number_in<T>(json);
  std::vector<T> numbers;
  for (const Json& element : json) numbers.push_back(number_in<T>(element));
  return numbers;
}

template class Numbers<double>;
template class Numbers<int64_t>;

}  // namespace reel
