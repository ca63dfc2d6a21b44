// An argument of Keras's that is null or a list.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reel/models/describe/fields.h"

namespace reel {

/// null where the list is empty. `T` is std::string, int64_t or double.
template <class T>
struct ListOrNull final : Field {
  explicit ListOrNull(std::vector<T>& to) : list(to) {}
  Config get() const override;
  void set(const Config& value) override;
  std::vector<T>& list;
};

extern template struct ListOrNull<std::string>;
extern template struct ListOrNull<int64_t>;
extern template struct ListOrNull<double>;

}  // namespace reel
