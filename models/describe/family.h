// Family: the classes of one kind of object, Keras's and users', by name: layers, losses, initializers.
#pragma once

#include <functional>
#include <map>
#include <mutex>
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
    check_package(what_, class_name);
    const std::lock_guard lock(mutex_);
    users_.insert_or_assign(std::move(class_name), std::move(make));
  }

  /// One with default arguments. Throws ValueError, listing all names, for one that is not known.
  Made named(std::string_view name) const {
    if (const std::function<Made()> make = users(name)) return make();
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

  Config config(const Made& made) const { return serialized(made.described(), module_); }

 private:
  std::function<Made()> users(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = users_.find(name);
    return found == users_.end() ? nullptr : found->second;
  }

  std::string_view what_, module_;
  std::span<const Maker<Made>> known_, more_;
  mutable std::mutex mutex_;
  std::map<std::string, std::function<Made()>, std::less<>> users_;
};

}  // namespace reel
