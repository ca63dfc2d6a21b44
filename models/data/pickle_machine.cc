#include "reel/models/data/pickle_machine.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "reel/graph/error.h"
#include "reel/models/formats/bytes.h"

namespace reel::pickle {
namespace {

/// Instructions by the names Python's pickletools gives them.
enum Op : uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kTuple = 't',
  kEmptyTuple = ')',
  kEmptyList = ']',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kShortBinUnicode = 0x8c,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

constexpr const char* kKindNames[] = {"None",   "a boolean", "an integer", "a text",   "a tuple",
                                      "a list", "a name",    "a dtype",    "an array", "a mark"};

const char* name_of(Kind kind) { return kKindNames[static_cast<size_t>(kind)]; }

}  // namespace

Machine::Machine(std::span<const std::byte> pickle, std::string_view source, MemoryBudget& budget)
    : pickle_(pickle), source_(source), budget_(budget) {}

IntLists Machine::run() {
  while (step()) {
  }
  return result();
}

void Machine::fail(std::string_view what) const {
  throw DataError(fmt::format("{}: pickle, byte {}: {}", source_, op_at_, what));
}

void Machine::truncated() const { fail("the pickle is cut short"); }

const std::byte* Machine::take(size_t count) {
  if (count > pickle_.size() - at_) truncated();
  return pickle_.data() + std::exchange(at_, at_ + count);
}

uint64_t Machine::unsigned_number(size_t bytes) {
  uint64_t value = 0;
  std::memcpy(&value, take(bytes), bytes);
  return value;
}

std::string_view Machine::line() {
  const std::string_view rest = text_of(pickle_.subspan(at_));
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) truncated();
  at_ += end + 1;
  return rest.substr(0, end);
}

Value Machine::pop_any() {
  if (stack_.empty()) fail("the stack is empty");
  const Value value = stack_.back();
  if (value.kind == Kind::mark) fail("expected a value, got a mark");
  stack_.pop_back();
  return value;
}

Value Machine::pop(Kind expected) {
  const Value value = pop_any();
  if (value.kind != expected) fail(fmt::format("expected {}, got {}", name_of(expected), name_of(value.kind)));
  return value;
}

/// Where the values after the topmost mark begin; the mark itself stays just below them.
size_t Machine::pop_mark() {
  size_t first = stack_.size();
  while (first > 0 && stack_[first - 1].kind != Kind::mark) --first;
  if (first == 0) fail("there is no mark on the stack");
  return first;
}

void Machine::push_text(std::string_view text) {
  push(Kind::text, static_cast<int64_t>(texts_.size()));
  budget_.push(texts_, text);
}

/// Replaces the values from `first` on by a tuple of them.
void Machine::push_tuple(size_t first) {
  const size_t begin = tuple_values_.size();
  budget_.reserve(tuple_values_, begin + stack_.size() - first);
  tuple_values_.insert(tuple_values_.end(), stack_.begin() + static_cast<ptrdiff_t>(first), stack_.end());
  stack_.resize(first);
  push(Kind::tuple, static_cast<int64_t>(tuples_.size()));
  budget_.push(tuples_, {begin, tuple_values_.size() - begin});
}

std::span<const Value> Machine::tuple(const Value& value) const {
  const Range range = tuples_[static_cast<size_t>(value.number)];
  return std::span(tuple_values_).subspan(range.begin, range.size);
}

void Machine::push_list() {
  push(Kind::list, static_cast<int64_t>(lists_.size()));
  budget_.push(lists_, {});
}

void Machine::push_long() {
  const size_t size = unsigned_number(1);
  if (size > 8) fail(fmt::format("an integer of {} bytes is outside 32 bits", size));
  const std::byte* bytes = take(size);
  // Little-endian two's complement, its sign in the highest bit of the last byte.
  uint64_t value = size > 0 && (bytes[size - 1] & std::byte{0x80}) != std::byte{0} ? ~uint64_t{0} : 0;
  std::memcpy(&value, bytes, size);
  push(Kind::integer, static_cast<int64_t>(value));
}

/// Picklers number what they remember in sequence, so a gap means damage (and could ask for any amount of memory).
void Machine::memoize(uint64_t index) {
  if (index > memo_.size()) fail(fmt::format("memo entry {} where {} would be next", index, memo_.size()));
  const Value value = pop_any();
  push(value);
  if (index == memo_.size()) {
    budget_.push(memo_, value);
  } else {
    memo_[index] = value;
  }
}

void Machine::recall(uint64_t index) {
  if (index >= memo_.size()) fail(fmt::format("memo entry {} does not exist", index));
  push(memo_[index]);
}

/// Appends the values from `first` on to the list below them (and below the mark, if there is one).
void Machine::append_from(size_t first) {
  const bool marked = first > 0 && stack_[first - 1].kind == Kind::mark;
  const size_t below = first - (marked ? 1 : 0);
  if (below == 0 || stack_[below - 1].kind != Kind::list) fail("there is no list to append to");
  List& list = lists_[static_cast<size_t>(stack_[below - 1].number)];
  if (list.integers.empty() && stack_.size() > first && stack_[first].kind == Kind::integer) {
    budget_.reserve(list.integers, stack_.size() - first);  // most lists come at once
  }
  for (const Value& value : std::span(stack_).subspan(first)) {
    if (value.kind == Kind::integer) {
      if (!std::in_range<int32_t>(value.number)) fail(fmt::format("{} is outside 32 bits", value.number));
      budget_.push(list.integers, static_cast<int32_t>(value.number));
    } else if (value.kind == Kind::list) {
      budget_.push(list.lists, value.number);
    } else {
      fail(fmt::format("expected integers or lists in a list, got {}", name_of(value.kind)));
    }
  }
  stack_.resize(below);
}

bool Machine::push_constant(uint8_t op) {
  switch (op) {
    case kNone: push(Kind::none, 0); return true;
    case kNewTrue: push(Kind::boolean, 1); return true;
    case kNewFalse: push(Kind::boolean, 0); return true;
    case kLong1: push_long(); return true;
    case kBinUnicode:
    case kBinString:
    case kBinBytes:
    case kShortBinUnicode:
    case kShortBinString:
    case kShortBinBytes: {
      const bool is_short = op == kShortBinUnicode || op == kShortBinString || op == kShortBinBytes;
      const size_t size = unsigned_number(is_short ? 1 : 4);
      push_text(text_of({take(size), size}));
      return true;
    }
    default: return false;
  }
}

/// The instructions that come a few times in a pickle, apart from the loop over its integers.
bool Machine::step_rare(uint8_t op) {
  if (push_constant(op)) return true;
  switch (op) {
    case kStop: return false;
    case kProto: {
      const uint64_t version = unsigned_number(1);
      if (version < 2 || version > 5) fail(fmt::format("protocol {}, expected 2 to 5", version));
      break;
    }
    case kFrame:
      if (unsigned_number(8) > pickle_.size() - at_) truncated();
      break;
    case kPop: pop_any(); break;
    case kEmptyTuple: push_tuple(stack_.size()); break;
    case kTuple1:
    case kTuple2:
    case kTuple3: {
      const size_t size = op - kTuple1 + 1u;
      if (stack_.size() < size) fail("the stack is empty");
      push_tuple(stack_.size() - size);
      break;
    }
    case kTuple: {
      const size_t first = pop_mark();
      stack_.erase(stack_.begin() + static_cast<ptrdiff_t>(first) - 1);
      push_tuple(first - 1);
      break;
    }
    case kGlobal: {
      const std::string_view module = line();
      push_name(module, line());
      break;
    }
    case kStackGlobal: {
      const std::string_view name = text(pop(Kind::text));
      push_name(text(pop(Kind::text)), name);
      break;
    }
    case kReduce: reduce(); break;
    case kBuild: build(); break;
    default: fail(fmt::format("instruction 0x{:02x} is not part of a list of integers", op));
  }
  return true;
}

bool Machine::step() {
  op_at_ = at_;
  const auto op = static_cast<uint8_t>(*take(1));
  switch (op) {
    case kBinInt1: push(Kind::integer, static_cast<int64_t>(unsigned_number(1))); return true;
    case kBinInt2: push(Kind::integer, static_cast<int64_t>(unsigned_number(2))); return true;
    case kBinInt: push(Kind::integer, static_cast<int32_t>(unsigned_number(4))); return true;
    case kMark: push(Kind::mark, 0); return true;
    case kEmptyList: push_list(); return true;
    case kAppends: append_from(pop_mark()); return true;
    case kAppend:
      if (stack_.empty()) fail("the stack is empty");
      append_from(stack_.size() - 1);
      return true;
    case kBinPut: memoize(unsigned_number(1)); return true;
    case kLongBinPut: memoize(unsigned_number(4)); return true;
    case kMemoize: memoize(memo_.size()); return true;
    case kBinGet: recall(unsigned_number(1)); return true;
    case kLongBinGet: recall(unsigned_number(4)); return true;
    default: return step_rare(op);
  }
}

}  // namespace reel::pickle
