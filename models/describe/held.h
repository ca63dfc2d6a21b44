// Held: a value type that says its fields, behind the interface of its family.
#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "reel/models/describe/fields.h"

namespace reel {

/// A `T` with the members `class_name`, `fields(Fields&)` and `check() const`, as far as it has them: a function has
/// none. `Rule` is what its family asks of it besides.
template <class T, std::derived_from<Described> Rule>
struct Held : Rule {
  explicit Held(T given) : value(std::move(given)) {}

  std::string class_name() const override {
    if constexpr (requires { T::class_name; }) return std::string(T::class_name);
    return {};
  }
  void fields(Fields& to) override {
    if constexpr (requires { value.fields(to); }) value.fields(to);
  }
  void check() const override {
    if constexpr (requires { value.check(); }) value.check();
  }

  T value;
};

}  // namespace reel
