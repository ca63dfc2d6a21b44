// Shared: what copies of an object have in common and no argument says: what a layer has learned beside its variables,
// what a callback has come to.
#pragma once

#include <memory>
#include <utility>

namespace reel {

/// Copies hold one value; what `clone` gives has a value of its own. A layer tells it to `Fields::part`.
template <class T>
class Shared {
 public:
  Shared() : Shared(T()) {}
  explicit Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}
  T* operator->() const { return value_.get(); }
  T& operator*() const { return *value_; }
  Shared clone() const { return Shared(*value_); }

 private:
  std::shared_ptr<T> value_;
};

}  // namespace reel
