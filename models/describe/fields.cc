#include "reel/models/describe/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/json.h"
#include "reel/models/describe/users_code.h"

namespace reel {
namespace {

[[noreturn]] void refuse(std::string_view expected, const Json& got) {
  throw ValueError(fmt::format("expected {}, got {}", expected, excerpt_of(got)));
}

Json json_from(bool value) { return value; }
Json json_from(int64_t value) { return value; }
Json json_from(double value) { return value; }
Json json_from(const std::string& value) { return value; }
template <class T>
Json json_from(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(json_from(value));
  return list;
}
template <class T>
Json json_from(const std::optional<T>& value) {
  return value ? json_from(*value) : Json();
}

void read(const Json& json, bool& value) {
  if (!json.is_boolean()) refuse("true or false", json);
  value = json.get<bool>();
}
void read(const Json& json, int64_t& value) {
  const bool is_whole = json.is_number_integer() &&
                        !(json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX));
  if (!is_whole) refuse("a whole number", json);
  value = json.get<int64_t>();
}
void read(const Json& json, double& value) {
  if (!json.is_number()) refuse("a number", json);
  value = json.get<double>();
}
void read(const Json& json, std::string& value) {
  if (!json.is_string()) refuse("text", json);
  value = json.get<std::string>();
}
template <class T>
void read(const Json& json, std::vector<T>& values) {
  if (!json.is_array()) refuse("a list", json);
  values.clear();
  for (const Json& element : json) read(element, values.emplace_back());
}
template <class T>
void read(const Json& json, std::optional<T>& value) {
  if (json.is_null())
    value.reset();
  else
    read(json, value.emplace());
}

/// A plain value.
template <class T>
struct Plain final : Field {
  explicit Plain(T& to) : value(to) {}
  Config get() const override { return config_of(json_from(value)); }
  void set(const Config& config) override { read(json_of(config), value); }
  T& value;
};

struct Word final : Field {
  Word(std::string& to, std::initializer_list<std::string_view> all) : value(to), words(all) {}
  Config get() const override { return config_of(value); }
  void set(const Config& config) override {
    read(json_of(config), value);
    if (std::ranges::find(words, value) == words.end()) {
      refuse(fmt::format("\"{}\"", fmt::join(words, "\" or \"")), json_of(config));
    }
  }
  std::string& value;
  std::initializer_list<std::string_view> words;
};

struct Single final : Field {
  explicit Single(double& to) : value(to) {}
  Config get() const override { return config_of(static_cast<double>(static_cast<float>(value))); }
  void set(const Config& config) override { read(json_of(config), value); }
  double& value;
};

struct AsGiven final : Field {
  explicit AsGiven(double& to) : value(to) {}
  Config get() const override {
    const bool is_whole = std::abs(value) < 0x1p53 && std::trunc(value) == value;
    return is_whole ? config_of(static_cast<int64_t>(value)) : config_of(value);
  }
  void set(const Config& config) override { read(json_of(config), value); }
  double& value;
};

struct Only final : Field {
  explicit Only(std::string_view json) : value(Json::parse(json)) {}
  Config get() const override { return config_of(value); }
  void set(const Config& config) override {
    if (!(json_of(config) == value)) refuse(fmt::format("only {}", value.dump()), json_of(config));
  }
  Json value;
};

class Writer final : public Fields {
 public:
  Json written = Json::object();

 private:
  void field(std::string_view key, Field& field, bool) override {
    if (is_usual()) return;
    written[std::string(key)] = located(fmt::format(", in \"{}\"", key), [&] { return json_of(field.get()); });
  }
};

class Reader final : public Fields {
 public:
  Reader(std::string owner, const Json& config) : owner_(std::move(owner)), config_(config) {
    if (!config.is_object()) {
      throw ValueError(fmt::format("{}: expected a config, an object, got {}", owner_, excerpt_of(config)));
    }
  }

  /// Throws ValueError for a key that no field has.
  void finish() const {
    for (const auto& [key, value] : config_.items()) {
      if (known_.contains(key)) continue;
      throw ValueError(fmt::format("{}: \"{}\" is not known, only {}", owner_, excerpt(key), fmt::join(known_, ", ")));
    }
  }

 private:
  void field(std::string_view key, Field& field, bool is_required) override {
    known_.insert(std::string(key));
    const auto found = config_.find(std::string(key));
    if (found != config_.end()) {
      try {
        field.set(config_of(*found));
      } catch (const ValueError& error) {
        throw ValueError(fmt::format("{}: {}: {}", owner_, key, error.what()));
      }
    } else if (is_required) {
      throw ValueError(fmt::format("{}: \"{}\" is missing", owner_, key));
    }
  }
  void ignore(std::string_view key) override { known_.insert(std::string(key)); }

  std::string owner_;
  const Json& config_;
  std::set<std::string> known_;
};

class Cloner final : public Fields {
  void field(std::string_view, Field& field, bool) override { field.clone(); }
  bool clones() const override { return true; }
};

}  // namespace

void Fields::operator()(std::string_view key, bool& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, int64_t& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, double& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::string& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::optional<bool>& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::optional<int64_t>& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::optional<double>& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::optional<std::string>& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::vector<int64_t>& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::vector<double>& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::vector<std::string>& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::optional<std::vector<int64_t>>& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::optional<std::vector<double>>& value) { as(key, Plain(value)); }
void Fields::operator()(std::string_view key, std::string& value, std::initializer_list<std::string_view> words) {
  as(key, Word(value, words));
}
void Fields::single(std::string_view key, double& value) { as(key, Single(value)); }
void Fields::as_given(std::string_view key, double& value, bool is_required) {
  AsGiven given(value);
  field(key, given, is_required);
}
void Fields::only(std::string_view key, std::string_view json) { as(key, Only(json)); }
void Fields::ignored(std::string_view key) { ignore(key); }

Config fields_of(const Described& object) {
  Writer writer;
  // Whoever writes only gets fields; that a class says them once, for reading and for writing, is worth the cast.
  const_cast<Described&>(object).all_fields(writer);
  return config_of(std::move(writer.written));
}

void set_fields(Described& object, const Config& config) {
  Reader reader(object.class_name(), json_of(config));
  object.all_fields(reader);
  reader.finish();
  object.check();
}

bool have_equal_fields(const Described& a, const Described& b) {
  return a.class_name() == b.class_name() && fields_of(a) == fields_of(b);
}

void clone_fields(Described& object) {
  Cloner cloner;
  object.all_fields(cloner);
}

std::vector<Config> elements_of(const Config& list) {
  const Json& json = json_of(list);
  if (!json.is_array()) refuse("a list", json);
  std::vector<Config> elements;
  for (const Json& element : json) elements.push_back(config_of(element));
  return elements;
}

Config list_of(const std::vector<Config>& elements) {
  Json list = Json::array();
  for (const Config& element : elements) list.push_back(json_of(element));
  return config_of(std::move(list));
}

}  // namespace reel
