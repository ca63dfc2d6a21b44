// Fields: the arguments that an object was made with, said once by itself. What writes and reads Keras's configs,
// compares, clones and documents objects asks them for it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/describe/config.h"

namespace reel {

/// An argument that knows how to write itself as JSON and how to be read. `set` throws ValueError: "expected ..., got
/// ...".
class Field {
 public:
  virtual ~Field() = default;
  virtual Config get() const = 0;
  virtual void set(const Config& value) = 0;
  /// What is shared with copies of the object becomes its own.
  virtual void clone() {}
};

/// Any object with a config: an initializer, a loss, a layer.
template <class T>
concept HasConfig = requires(T& object, const Config& config) {
  config == object.config();
  object = T::from_config(config);
};

/// What an object's `fields` tells its arguments to, each by Keras's key, in Keras's order:
///
///   void fields(Fields& f) override {
///     f.required("units", units);
///     f("activation", activation);
///   }
///
/// An argument that is not required keeps what it is where a config does not have it. None of the keys may come twice.
class Fields {
 public:
  virtual ~Fields() = default;

  void operator()(std::string_view key, bool& value);
  void operator()(std::string_view key, int64_t& value);
  void operator()(std::string_view key, double& value);
  void operator()(std::string_view key, std::string& value);
  /// null where there is none.
  void operator()(std::string_view key, std::optional<bool>& value);
  void operator()(std::string_view key, std::optional<int64_t>& value);
  void operator()(std::string_view key, std::optional<double>& value);
  void operator()(std::string_view key, std::optional<std::string>& value);
  void operator()(std::string_view key, std::vector<int64_t>& value);
  void operator()(std::string_view key, std::vector<double>& value);
  void operator()(std::string_view key, std::vector<std::string>& value);
  void operator()(std::string_view key, std::optional<std::vector<int64_t>>& value);
  void operator()(std::string_view key, std::optional<std::vector<double>>& value);
  /// One of these words.
  void operator()(std::string_view key, std::string& value, std::initializer_list<std::string_view> words);
  /// A number that Keras keeps, and writes, as a float32.
  void single(std::string_view key, double& value);
  /// A number that Keras keeps as it was given: whole ones are written as integers.
  void as_given(std::string_view key, double& value, bool is_required = false);
  template <HasConfig T>
  void operator()(std::string_view key, T& object);
  template <HasConfig T>
  void operator()(std::string_view key, std::vector<T>& objects);

  /// An argument that a config must have.
  template <class T, class... More>
  void required(std::string_view key, T& value, More... more) {
    is_required_ = true;
    (*this)(key, value, more...);
    is_required_ = false;
  }
  /// An argument that Keras's config leaves out where it is as usual.
  template <class T>
  void unless(std::string_view key, const T& usual, T& value) {
    is_usual_ = value == usual;
    (*this)(key, value);
    is_usual_ = false;
  }
  /// An argument that is written where `is_written`, and read in any case.
  template <class T>
  void written_if(bool is_written, std::string_view key, T& value) {
    is_usual_ = !is_written;
    (*this)(key, value);
    is_usual_ = false;
  }
  /// An argument of Keras's of which there is only this value, as JSON: written, and refused where it is another.
  void only(std::string_view key, std::string_view json);
  /// An argument with a way of its own of being written and read.
  void as(std::string_view key, Field&& field) { this->field(key, field, is_required_); }
  /// An object whose fields are told as this one's own: it is cloned with this one.
  template <class T>
  void part(T& object);
  /// A field as it was told to others, who pass it on: `is_left_out` of configs that are written.
  void pass_on(std::string_view key, Field& field, bool is_required, bool is_left_out) {
    is_usual_ = is_left_out;
    this->field(key, field, is_required);
    is_usual_ = false;
  }
  /// A key of older configs that changes nothing, and is not written.
  void ignored(std::string_view key);

 protected:
  virtual void field(std::string_view key, Field& field, bool is_required) = 0;
  virtual void ignore(std::string_view /*key*/) {}
  virtual bool clones() const { return false; }
  /// Whether what writes configs is to leave the field out.
  bool is_usual() const { return is_usual_; }

 private:
  bool is_required_ = false, is_usual_ = false;
};

/// An object that says its fields.
class Described {
 public:
  virtual ~Described() = default;
  /// Keras's class name, "Dense"; for one of your own "package>Name"; empty for what has no config.
  virtual std::string class_name() const = 0;
  /// Keras's module of the class, where it is not that of the family.
  virtual std::string module() const { return {}; }
  virtual void fields(Fields&) {}
  /// With those that all objects of its family have.
  virtual void all_fields(Fields& to) { fields(to); }
  /// Throws ValueError for arguments that are none, or do not go together. Asked once they have been read.
  virtual void check() const {}
};

/// The fields as a JSON object, as Keras's get_config() gives it. Throws ValueError, naming the key, for a field that
/// has no config, as a lambda.
Config fields_of(const Described& object);
/// Sets the fields from such an object, and checks them. Throws ValueError, naming class and key, for keys that are not
/// known or missing, and for values that are none.
void set_fields(Described& object, const Config& config);
/// Whether both are of one class and were made with equal arguments. Throws what `fields_of` throws.
bool have_equal_fields(const Described& a, const Described& b);
/// Makes what the object holds its own: layers in layers are cloned.
void clone_fields(Described& object);

/// The elements of a list. Throws ValueError for what is none.
std::vector<Config> elements_of(const Config& list);
Config list_of(const std::vector<Config>& elements);

template <HasConfig T>
void Fields::operator()(std::string_view key, T& object) {
  struct Object final : Field {
    explicit Object(T& to) : object(to) {}
    Config get() const override { return object.config(); }
    void set(const Config& value) override { object = T::from_config(value); }
    void clone() override {
      if constexpr (requires { object.clone(); }) object = object.clone();
    }
    T& object;
  };
  as(key, Object(object));
}

template <class T>
void Fields::part(T& object) {
  if (clones()) object = object.clone();
}

template <HasConfig T>
void Fields::operator()(std::string_view key, std::vector<T>& objects) {
  struct Objects final : Field {
    explicit Objects(std::vector<T>& to) : objects(to) {}
    Config get() const override {
      std::vector<Config> all;
      for (const T& object : objects) all.push_back(object.config());
      return list_of(all);
    }
    void set(const Config& value) override {
      objects.clear();
      for (const Config& element : elements_of(value)) objects.push_back(T::from_config(element));
    }
    void clone() override {
      if constexpr (requires(T & object) { object.clone(); }) {
        for (T& object : objects) object = object.clone();
      }
    }
    std::vector<T>& objects;
  };
  as(key, Objects(objects));
}

}  // namespace reel
