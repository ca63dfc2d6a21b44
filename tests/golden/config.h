// What functions of Keras were called with.
#pragma once

#include <initializer_list>
#include <set>
#include <string>

#include "golden/case_files.h"

namespace reel::golden {

/// The arguments of one Keras object. Every argument is asked for by name; `finish` refuses those that nobody asked for
/// unless they are off (null or false), so that an option the library lacks is never passed over in silence.
class Config {
 public:
  /// `owner`: the Keras class, for messages. Both must outlive this.
  Config(const std::string& owner, const Json& values);

  /// The argument, or null where it is absent.
  const Json& take(const std::string& name);
  template <class T>
  T get(const std::string& name, const T& fallback) {
    const Json& value = take(name);
    return value.is_null() ? fallback : value.get<T>();
  }
  /// Throws DataError where the argument is absent.
  int64_t integer(const std::string& name);
  /// Throws Unsupported unless the argument is absent, null or `only`.
  void need(const std::string& name, const Json& only);
  /// Arguments without influence on what is compared.
  void ignore(std::initializer_list<const char*> names);
  /// Takes name, trainable and dtype, which must be float32.
  void common();
  void finish() const;

 private:
  const std::string& owner_;
  const Json& values_;
  std::set<std::string> taken_;
};

}  // namespace reel::golden
