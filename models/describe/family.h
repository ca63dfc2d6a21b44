// Family: the classes of one kind of object, Keras's and users', by name: layers, losses, initializers.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/describe/fields.h"
#include "reel/models/describe/names.h"

namespace reel {

/// An object as Keras serializes it: {"module", "class_name", "config", "registered_name"}.
struct Serialized {
  std::string class_name;  ///< for a user's class "package>Name"
  Config config;
};

/// Throws ValueError for an object without a class name, as a lambda is.
Config serialized(const Described& object, std::string_view module);
/// Throws ValueError, which begins with `what`, for what is no such object.
Serialized parse_serialized(std::string_view what, const Config& config);
/// The text of a config that is text.
bool is_text(const Config& config, std::string& text);
/// Throws ValueError unless the name is of the form "package>Name".
void check_package(std::string_view what, std::string_view class_name);
/// "Name" of "package>Name"; another name itself.
std::string_view without_package(std::string_view class_name);

/// What users have registered, by "package>Name". Any number of threads may use it.
template <class Value>
class Registry {
 public:
  /// Throws ValueError, which begins with `what`, for a name that is not "package>Name". A name that is there already
  /// means what it is given last.
  void add(std::string_view what, std::string name, Value value) {
    check_package(what, name);
    const std::lock_guard lock(mutex_);
    values_.insert_or_assign(std::move(name), std::move(value));
  }
  std::optional<Value> find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Value, std::less<>> values_;
};

/// `Made` has a method `described()`, which gives the Described that it holds. Any number of threads may use a family.
template <class Made>
class Family {
 public:
  /// `what` begins messages; `module` is Keras's, "keras.layers".
  Family(std::string_view what, std::string_view module, std::span<const Maker<Made>> known,
         std::span<const Maker<Made>> more = {})
      : what_(what), module_(module), known_(known), more_(more) {}

  /// Adds a user's class. Throws ValueError for a name that is not "package>Name".
  void add(std::string class_name, std::function<Made()> make) {
    users_.add(what_, std::move(class_name), std::move(make));
  }

  /// One with default arguments. Throws ValueError, listing all names, for one that is not known.
  Made named(std::string_view name) const {
    if (const auto make = users_.find(name)) return (*make)();
    return entry_named<Maker<Made>>(what_, name, {known_, more_}).make();
  }

  /// From a name, or from a serialized object. Throws ValueError for a class or an argument that is not known.
  Made from_config(const Config& config) const {
    std::string name;
    if (is_text(config, name)) return named(name);
    const Serialized parsed = parse_serialized(what_, config);
    Made made = named(parsed.class_name);
    set_fields(made.described(), parsed.config);
    return made;
  }

  /// Throws ValueError for what has none: a function, and a class of a user's that has no "package>" in its name.
  Config config(const Made& made) const {
    const Described& object = made.described();
    const std::string name = object.class_name();
    if (!name.empty() && without_package(name) == name) entry_named<Maker<Made>>(what_, name, {known_, more_});
    return serialized(object, module_);
  }

 private:
  std::string_view what_, module_;
  std::span<const Maker<Made>> known_, more_;
  Registry<std::function<Made()>> users_;
};

}  // namespace reel
