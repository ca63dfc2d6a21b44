// What NumPy's arrays and element types say in a pickle: three names, two calls, two states.
#include <fmt/format.h>

#include <array>

#include "reel/graph/error.h"
#include "reel/models/data/pickle_machine.h"
#include "reel/models/formats/npy.h"

namespace reel {
namespace pickle {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 28;

struct KnownName {
  std::string_view module, name;
  Name meaning;
};

constexpr size_t kShown = 40;  // of the file's text in a message

constexpr std::array kKnownNames{
    KnownName{"numpy.core.multiarray", "_reconstruct", Name::reconstruct},
    KnownName{"numpy._core.multiarray", "_reconstruct", Name::reconstruct},
    KnownName{"numpy", "ndarray", Name::ndarray},
    KnownName{"numpy", "dtype", Name::dtype},
    // How protocol 2 spells bytes.
    KnownName{"_codecs", "encode", Name::encode},
};

bool is_name(const Value& value, Name name) {
  return value.kind == Kind::name && value.number == static_cast<int64_t>(name);
}

}  // namespace

void Machine::push_name(std::string_view module, std::string_view name) {
  for (const KnownName& known : kKnownNames) {
    if (known.module == module && known.name == name) return push(Kind::name, static_cast<int64_t>(known.meaning));
  }
  fail(fmt::format("the name '{}.{}' is refused: only NumPy arrays of lists are read", excerpt(module, kShown),
                   excerpt(name, kShown)));
}

/// A call. _reconstruct(ndarray, ...) makes the empty array, dtype("O8", ...) its element type, encode(text, "latin1")
/// the bytes that _reconstruct takes.
void Machine::reduce() {
  const std::span<const Value> arguments = tuple(pop(Kind::tuple));
  const Value function = pop(Kind::name);
  if (is_name(function, Name::encode)) {
    if (arguments.empty() || arguments[0].kind != Kind::text) fail("expected a text to encode");
    push(arguments[0]);
  } else if (is_name(function, Name::dtype)) {
    if (arguments.empty() || arguments[0].kind != Kind::text) fail("expected the name of an element type");
    const std::string_view type = text(arguments[0]);
    if (type != "O8" && type != "O4" && type != "O") {
      fail(fmt::format("expected an array of objects, got element type '{}'", printable(type)));
    }
    push(Kind::dtype, 0);
  } else if (is_name(function, Name::reconstruct)) {
    if (arguments.empty() || !is_name(arguments[0], Name::ndarray)) fail("expected numpy.ndarray to reconstruct");
    if (array_.created) fail("expected one array, got an array inside it");
    array_.created = true;
    push(Kind::array, 0);
  } else {
    fail("numpy.ndarray is not called in the pickle of an array");
  }
}

void Machine::build() {
  const Value state = pop(Kind::tuple);
  const Value object = pop_any();
  if (object.kind == Kind::array) {
    build_array(tuple(state));
  } else if (object.kind != Kind::dtype) {
    // The state of an object dtype says only that it is a plain one, which its name told already.
    fail("expected the state of an array or element type");
  }
  push(object);
}

/// State of an array: (version, shape, dtype, is it in Fortran order, list of its elements).
void Machine::build_array(std::span<const Value> state) {
  if (array_.built) fail("the array is built twice");
  if (state.size() != 5 || state[0].kind != Kind::integer || state[1].kind != Kind::tuple ||
      state[2].kind != Kind::dtype || state[3].kind != Kind::boolean || state[4].kind != Kind::list) {
    fail("expected the state (version, shape, dtype, order, list) of an array of objects");
  }
  const std::span<const Value> shape = tuple(state[1]);
  if (shape.size() != 1 || shape[0].kind != Kind::integer) {
    fail(fmt::format("expected an array of one axis, got {}", shape.size()));
  }
  array_ = {.created = true, .built = true, .length = shape[0].number, .list = state[4].number};
}

IntLists Machine::result() {
  if (stack_.size() != 1 || stack_[0].kind != Kind::array || !array_.built) fail("expected one array as the result");
  if (at_ != pickle_.size()) fail(fmt::format("{} bytes after the end of the pickle", pickle_.size() - at_));
  const List& elements = lists_[static_cast<size_t>(array_.list)];
  if (!elements.integers.empty()) fail("expected lists as elements of the array, got integers");
  if (static_cast<int64_t>(elements.lists.size()) != array_.length) {
    fail(fmt::format("the array has length {} and {} elements", array_.length, elements.lists.size()));
  }
  // One list can be an element many times, so a short pickle can stand for a huge array.
  int64_t total = 0;
  std::vector<int64_t> uses;
  budget_.reserve(uses, lists_.size());
  uses.resize(lists_.size());
  for (const int64_t index : elements.lists) {
    const List& list = lists_[static_cast<size_t>(index)];
    if (!list.lists.empty()) fail("expected integers in the lists, got lists");
    total += static_cast<int64_t>(list.integers.size());
    if (total > kMaxElements) fail(fmt::format("the lists have over {} elements", kMaxElements));
    ++uses[static_cast<size_t>(index)];
  }
  IntLists out;
  budget_.reserve(out, elements.lists.size());
  for (const int64_t index : elements.lists) {
    std::vector<int32_t>& integers = lists_[static_cast<size_t>(index)].integers;
    const bool is_last = --uses[static_cast<size_t>(index)] == 0;
    if (!is_last) budget_.take(integers.size() * sizeof(int32_t));
    out.push_back(is_last ? std::move(integers) : integers);
  }
  return out;
}

}  // namespace pickle

IntLists read_int_lists_pickle(std::span<const std::byte> bytes, std::string_view source) {
  MemoryBudget budget(source, bytes.size());
  return pickle::Machine(bytes, source, budget).run();
}

IntLists read_int_lists_npy(std::span<const std::byte> file, std::string_view source) {
  MemoryBudget budget(source, file.size());
  return read_int_lists_npy(file, source, budget);
}

IntLists read_int_lists_npy(std::span<const std::byte> file, std::string_view source, MemoryBudget& budget) {
  const NpyHeader header = read_npy_header(file, source);
  if (header.descr != "|O") {
    throw DataError(
        fmt::format("{}: expected an array of lists (element type '|O'), got '{}'", source, excerpt(header.descr)));
  }
  if (header.shape.size() != 1) {
    throw DataError(fmt::format("{}: expected an array of one axis, got {}", source, header.shape.size()));
  }
  IntLists lists = pickle::Machine(file.subspan(header.data_offset), source, budget).run();
  if (static_cast<int64_t>(lists.size()) != header.shape[0]) {
    throw DataError(fmt::format("{}: the header announces {} lists, got {}", source, header.shape[0], lists.size()));
  }
  return lists;
}

}  // namespace reel
