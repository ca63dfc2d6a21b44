#include "reel/models/describe/list_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel {

template <class T>
Config ListOrNull<T>::get() const {
  return list.empty() ? Config() : config_of(list);
}

template <class T>
void ListOrNull<T>::set(const Config& value) {
  const Json& json = json_of(value);
  list.clear();
  if (json.is_null()) return;
  const auto is_element = [](const Json& element) {
    if (std::is_same_v<T, std::string>) return element.is_string();
    return std::is_same_v<T, double> ? element.is_number() : element.is_number_integer();
  };
  if (!json.is_array() || !std::ranges::all_of(json, is_element)) {
    throw ValueError(fmt::format("expected null or a list of {}, got {}",
                                 std::is_same_v<T, std::string> ? "texts" : "numbers", excerpt_of(json)));
  }
  list = json.get<std::vector<T>>();
}

template struct ListOrNull<std::string>;
template struct ListOrNull<int64_t>;
template struct ListOrNull<double>;

}  // namespace reel
