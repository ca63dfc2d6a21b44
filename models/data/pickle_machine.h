// The stack machine behind pickle.h. Sources: Python's pickletools (the instruction set); NumPy's array and dtype
// `__reduce__` (what the instructions build).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/data/pickle.h"
#include "reel/models/formats/memory_budget.h"

namespace reel::pickle {

/// What a stack entry is. Values are small and plain: an integer costs no allocation, and nothing ever recurses.
enum class Kind : uint8_t { none, boolean, integer, text, tuple, list, name, dtype, array, mark };

struct Value {
  Kind kind = Kind::none;
  /// An integer or boolean itself, a Name, or the index of a text, tuple or list in its pool.
  int64_t number = 0;
};

/// The only names a pickle may call.
enum class Name : int64_t { reconstruct, ndarray, dtype, encode };

/// A list holds integers or other lists, not both.
struct List {
  std::vector<int32_t> integers;
  std::vector<int64_t> lists;
};

/// The one array that is built, as its BUILD instruction describes it.
struct Array {
  bool created = false, built = false;
  int64_t length = 0;
  int64_t list = 0;
};

/// Runs a pickle from its first instruction to STOP. An instruction of one byte may push an entry of many, so what is
/// held is counted in the file's budget.
class Machine {
 public:
  Machine(std::span<const std::byte> pickle, std::string_view source, MemoryBudget& budget);
  IntLists run();

 private:
  /// One instruction; false after STOP.
  bool step();
  bool step_rare(uint8_t op);
  bool push_constant(uint8_t op);

  // pickle_machine.cc: bytes and memory
  [[noreturn]] void fail(std::string_view what) const;
  [[noreturn]] void truncated() const;
  const std::byte* take(size_t count);
  uint64_t unsigned_number(size_t bytes);
  std::string_view line();
  void push(Value value) { budget_.push(stack_, value); }
  void push(Kind kind, int64_t number) { push({kind, number}); }
  Value pop(Kind expected);
  Value pop_any();
  size_t pop_mark();
  void push_text(std::string_view text);
  void push_tuple(size_t first);
  void push_list();
  void push_long();
  void memoize(uint64_t index);
  void recall(uint64_t index);
  void append_from(size_t first);
  std::span<const Value> tuple(const Value& value) const;
  std::string_view text(const Value& value) const { return texts_[static_cast<size_t>(value.number)]; }

  // pickle_numpy.cc: the few objects of NumPy
  void push_name(std::string_view module, std::string_view name);
  void reduce();
  void build();
  void build_array(std::span<const Value> state);
  IntLists result();

  std::span<const std::byte> pickle_;
  std::string_view source_;
  MemoryBudget& budget_;
  size_t at_ = 0, op_at_ = 0;
  std::vector<Value> stack_, memo_, tuple_values_;
  struct Range {
    size_t begin, size;
  };
  std::vector<Range> tuples_;
  std::vector<std::string_view> texts_;
  std::vector<List> lists_;
  Array array_;
};

}  // namespace reel::pickle
