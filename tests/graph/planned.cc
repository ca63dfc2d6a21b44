#include "graph/planned.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "reel/graph/plan/align.h"

namespace reel::testing {
namespace {

/// All that runs, runs once, after what it reads; a tile reads no more than its own rows of what its stage makes.
void check_schedule(const Planned& plan) {
  const std::vector<Var> roots = plan.targets.roots();
  for (const int32_t id : reachable(plan.graph, roots)) {
    if (plan.is_leaf(id)) continue;
    const Node& node = plan.graph.node(id);
    INFO("%" << id << " " << node.op->name());
    const bool runs = plan.position.contains(id);
    REQUIRE(plan.stage_of(id) >= 0);
    if (!runs) REQUIRE((node.op->traits().sum && plan.owner(node.inputs[0]) == id));
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const int32_t input = node.inputs[i];
      if (plan.is_leaf(input)) continue;
      if (plan.owner(input) == id) {  // adds into it
        REQUIRE(plan.stage_of(input) == plan.stage_of(id));
        REQUIRE(plan.graph.node(input).op->traits().accumulates);
        continue;
      }
      REQUIRE(plan.owner(input) == input);  // what adds into another's memory has no value of its own
      REQUIRE(plan.stage_of(input) <= plan.stage_of(id));
      if (plan.stage_of(input) < plan.stage_of(id)) continue;
      if (!plan.runs_whole(id)) REQUIRE(plan.by_row(node, i));
      REQUIRE_FALSE(plan.in_frame(input));
      for (const auto& [other, at] : plan.position) {
        if (plan.owner(other) == input && plan.stage_of(other) == plan.stage_of(id)) REQUIRE(at < plan.position.at(id));
      }
    }
  }
}

/// What the scratch memory of a stage holds while its nodes run, word after word: of which value, and which word.
class Scratch {
 public:
  Scratch(const Planned& plan, int32_t stage)
      : plan_(plan), words_(plan.memory.stages[static_cast<size_t>(stage)].arena_bytes / kWord) {}

  void run(int32_t id) {
    const Node& node = plan_.graph.node(id);
    const int32_t owner = plan_.owner(id);
    INFO("%" << id << " " << node.op->name());
    if (plan_.is_idle(id)) return is_here(id) ? require_at_its_place(id) : require_in_input(id);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!is_here(node.inputs[i]) || plan_.owner(node.inputs[i]) == id) continue;
      require_at_its_place(node.inputs[i]);
      if (is_here(owner) && plan_.owner(node.inputs[i]) != owner) require_may_overwrite(node, i, owner);
    }
    if (is_here(owner)) for_each_word(owner, [&](const Word& word, Word& at) { at = word; });
  }

 private:
  static constexpr int64_t kWord = 4;
  struct Word {
    int32_t value = -1;
    int64_t row = 0, word = 0;
    bool operator==(const Word&) const = default;
  };

  bool is_here(int32_t id) const { return !plan_.is_leaf(id) && plan_.home(id).base == kArena; }
  int64_t words_of(int32_t id) const { return plan_.graph.node(id).type.row_bytes() / kWord; }

  /// f(word, what its memory holds)
  template <class F>
  void for_each_word(int32_t id, F&& f) {
    const Location& home = plan_.home(id);
    for (int64_t row = 0; row < plan_.rows_of(id); ++row) {
      for (int64_t word = 0; word < words_of(id); ++word) {
        f(Word{id, row, word}, words_.at(static_cast<size_t>((home.offset + row * home.row_bytes) / kWord + word)));
      }
    }
  }

  void require_at_its_place(int32_t id) {
    INFO("%" << id << " " << plan_.graph.node(id).op->name() << " is read");
    bool holds = true;
    for_each_word(id, [&](const Word& word, const Word& at) { holds &= at == origin(word); });
    REQUIRE(holds);
  }

  /// A part of a program's input, which stands where the caller has put it.
  void require_in_input(int32_t id) const {
    for (int64_t i = 0; i < words_of(id); ++i) {
      const Word word = origin({id, 0, i});
      const Location &part = plan_.home(id), &whole = plan_.home(word.value);
      REQUIRE(plan_.graph.node(word.value).leaf == Leaf::input);
      REQUIRE(part.base == whole.base);
      REQUIRE(part.row_bytes == whole.row_bytes);
      REQUIRE(part.offset + i * kWord == whole.offset + word.word * kWord);
    }
  }

  /// Where a word that only stands in the rows of others was computed.
  Word origin(Word word) const {
    if (!plan_.is_idle(word.value)) return word;
    const Node& node = plan_.graph.node(word.value);
    if (const auto begin = node.op->part_of_row(plan_.graph.node(node.inputs[0]).type)) {
      return origin({node.inputs[0], word.row, word.word + *begin / kWord});
    }
    REQUIRE(node.op->joins_rows());
    size_t part = 0;
    for (; word.word >= words_of(node.inputs[part]); ++part) word.word -= words_of(node.inputs[part]);
    return origin({node.inputs[part], word.row, word.word});
  }

  /// The memory of an operand only takes what is computed of the same element, and only if the op allows it.
  void require_may_overwrite(const Node& node, size_t input, int32_t owner) {
    const int32_t read = node.inputs[input];
    const Location &from = plan_.home(read), &to = plan_.home(owner);
    const auto end = [&](int32_t id) {
      return plan_.home(id).offset + (plan_.rows_of(id) - 1) * plan_.home(id).row_bytes + words_of(id) * kWord;
    };
    if (from.offset >= end(owner) || to.offset >= end(read)) return;
    const int64_t apart = std::abs(from.offset - to.offset);
    if (from.row_bytes == to.row_bytes &&
        apart >= words_of(std::min(from.offset, to.offset) == from.offset ? read : owner) * kWord) {
      return;  // other parts of the same rows
    }
    REQUIRE(apart == 0);
    REQUIRE(plan_.graph.node(read).type == node.type);
    REQUIRE(node.op->may_overwrite(input, plan_.graph.input_types(node)));
  }

  const Planned& plan_;
  std::vector<Word> words_;
};

/// What is read stands where it is looked for.
void check_arena(const Planned& plan, int32_t stage) {
  Scratch scratch(plan, stage);
  for (const int32_t id : plan.schedule.stages[static_cast<size_t>(stage)].nodes) scratch.run(id);
}

void check_frame(const Planned& plan, int32_t stage) {
  const StageMemory& memory = plan.memory.stages[static_cast<size_t>(stage)];
  std::map<int64_t, int64_t> taken;
  std::set<int32_t> seen;
  for (const int32_t id : plan.schedule.stages[static_cast<size_t>(stage)].nodes) {
    if (!plan.in_frame(id) || !seen.insert(plan.owner(id)).second) continue;
    const Type& type = plan.graph.node(plan.owner(id)).type;
    const int64_t from = plan.home(plan.owner(id)).offset;
    const int64_t to = from + type.bytes();
    REQUIRE(to <= static_cast<int64_t>(memory.frame.bytes));
    if (plan.memory.marks[static_cast<size_t>(id)] >= 0) {
      REQUIRE(from >= static_cast<int64_t>(memory.frame.zeroed));
    } else {
      REQUIRE(to <= static_cast<int64_t>(memory.frame.dense));
      if (type.dtype == DType::f64) REQUIRE(from >= static_cast<int64_t>(memory.frame.f64_begin));
      if (type.dtype == DType::f32) REQUIRE(to <= static_cast<int64_t>(memory.frame.f64_begin));
    }
    REQUIRE(taken.emplace(from, to).second);
  }
  int64_t end = 0;
  for (const auto& [from, to] : taken) {
    REQUIRE(from >= end);
    end = to;
  }
}

/// Sums kept in doubles, and what is added often to others, lie apart; what begins as zeros comes first.
void check_doubles(const Planned& plan, int32_t stage) {
  const DoublesLayout& layout = plan.memory.stages[static_cast<size_t>(stage)].doubles;
  size_t end = 0;
  const auto require_next = [&](size_t begin, int64_t count, size_t size, size_t limit) {
    REQUIRE(begin >= end);
    end = begin + static_cast<size_t>(count) * size;
    REQUIRE(end <= limit);
  };
  for (const DoubleSum& sum : layout.sums) require_next(sum.at, sum.size, sizeof(double), layout.zeroed);
  for (const OftenSum& sum : layout.often) require_next(sum.states, sum.rows, sizeof(int32_t), layout.zeroed);
  end = layout.zeroed;
  for (const OftenSum& sum : layout.often) {
    require_next(sum.at, sum.rows * sum.row_size, sizeof(double), layout.bytes);
  }
  for (const int32_t id : plan.schedule.stages[static_cast<size_t>(stage)].nodes) {
    const int32_t in_doubles = plan.memory.doubles[static_cast<size_t>(id)];
    const int32_t often = plan.memory.often[static_cast<size_t>(id)];
    REQUIRE((in_doubles < 0 || often < 0));
    const Node& node = plan.graph.node(id);
    const auto begin = static_cast<size_t>(plan.home(plan.owner(id)).offset);
    if (in_doubles >= 0) {
      const DoubleSum& sum = layout.sums[static_cast<size_t>(in_doubles)];
      REQUIRE(node.op->traits().adds_to_doubles);
      REQUIRE(sum.begin == begin);
      REQUIRE(sum.size == node.type.shape.size());
    }
    if (often >= 0) {
      const OftenSum& sum = layout.often[static_cast<size_t>(often)];
      REQUIRE(node.op->traits().sparse);
      REQUIRE(sum.begin == begin);
      REQUIRE(sum.rows * sum.row_size == node.type.shape.size());
    }
  }
}

/// What an op needs while it runs is no part of what its stage has made and still reads, nor of what it writes.
void check_scratch(const Planned& plan, int32_t stage) {
  const std::vector<int32_t>& nodes = plan.schedule.stages[static_cast<size_t>(stage)].nodes;
  std::map<int32_t, size_t> last_use;  // by the value whose memory is read or written
  const auto home_of = [&](int32_t id) { return plan.is_leaf(id) ? id : plan.owner(id); };
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const int32_t input : plan.graph.node(nodes[i]).inputs) last_use[home_of(input)] = i;
    last_use[home_of(nodes[i])] = i;
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    const int64_t begin = plan.memory.scratch[static_cast<size_t>(nodes[i])];
    if (begin < 0) continue;
    const Node& node = plan.graph.node(nodes[i]);
    const std::vector<Type> types = plan.graph.input_types(node);
    const int64_t most_rows = plan.runs_whole(nodes[i]) ? extent_of(node, types) : plan.stage(nodes[i]).most_tile_rows;
    const int64_t end = begin + node.op->scratch_bytes(types, node.type, most_rows);
    INFO("%" << nodes[i] << " " << node.op->name());
    REQUIRE(begin % kAlign == 0);
    REQUIRE(end <= static_cast<int64_t>(plan.memory.stages[static_cast<size_t>(stage)].arena_bytes));
    for (size_t k = 0; k <= i; ++k) {
      const int32_t value = home_of(nodes[k]);
      if (plan.home(value).base != kArena || last_use[value] < i || plan.is_idle(value)) continue;
      const int64_t from = plan.home(value).offset, bytes = plan.rows_of(value) * plan.home(value).row_bytes;
      REQUIRE((end <= from || begin >= from + bytes));
    }
  }
}

/// Scratch is read by its own stage only; what is asked for stands in memory that outlives it; inputs are not written.
void check_reach(const Planned& plan) {
  for (const int32_t id : plan.schedule.live) {
    for (const int32_t input : plan.graph.node(id).inputs) {
      if (plan.home(input).base == kArena && !plan.is_leaf(input)) REQUIRE(plan.stage_of(input) == plan.stage_of(id));
    }
  }
  for (const Var& root : plan.targets.roots()) REQUIRE(plan.home(root.id()).base >= kFirstBuffer);
  for (const auto& [id, at] : plan.position) {
    const int32_t buffer = plan.home(plan.owner(id)).base - kFirstBuffer;
    if (plan.is_idle(id) || buffer < 0 || buffer >= static_cast<int32_t>(plan.memory.buffers.size())) continue;
    REQUIRE(plan.graph.node(plan.memory.buffers[static_cast<size_t>(buffer)].node).leaf != Leaf::input);
  }
}

/// Of those that add into memory outside a frame, the first and only it begins from zero.
void check_zeroing(const Planned& plan) {
  std::map<int32_t, int32_t> first;
  for (const auto& [id, at] : plan.position) {
    if (!plan.graph.node(id).op->traits().accumulates || plan.in_frame(id)) continue;
    const auto it = first.try_emplace(plan.owner(id), id).first;
    if (at < plan.position.at(it->second)) it->second = id;
  }
  for (const auto& [id, at] : plan.position) {
    const auto it = first.find(plan.owner(id));
    INFO("%" << id);
    REQUIRE(plan.memory.zeroes[static_cast<size_t>(id)] == (it != first.end() && it->second == id));
  }
}

/// A parameter that is written in place is read by nobody afterwards, and the guard has been computed before.
void check_in_place(const Planned& plan) {
  for (const Buffer& buffer : plan.memory.buffers) {
    const int32_t parameter = buffer.in_place_of, value = buffer.node;
    if (parameter < 0) continue;
    INFO("parameter %" << parameter << " is overwritten by %" << value);
    REQUIRE(plan.position.contains(value));
    REQUIRE(plan.memory.stages[static_cast<size_t>(plan.stage_of(value))].commits);
    if (plan.targets.guard && !plan.is_leaf(plan.targets.guard->id())) {
      REQUIRE(plan.stage_of(plan.targets.guard->id()) < plan.stage_of(value));
    }
    for (const Var& output : plan.targets.outputs) REQUIRE((output.id() != parameter && output.id() != value));
    for (const Assignment& other : plan.targets.assignments) REQUIRE(other.value.id() != parameter);
    for (const auto& [reader, at] : plan.position) {
      const Node& node = plan.graph.node(reader);
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] != parameter || plan.stage_of(reader) < plan.stage_of(value)) continue;
        REQUIRE(plan.stage_of(reader) == plan.stage_of(value));
        const bool is_done = plan.runs_whole(value) && reader != value;
        REQUIRE(((is_done || plan.by_row(node, i)) && at <= plan.position.at(value)));
      }
    }
  }
}

}  // namespace

void check_all(const Planned& plan) {
  check_schedule(plan);
  for (size_t stage = 0; stage < plan.schedule.stages.size(); ++stage) {
    INFO("stage " << stage);
    check_arena(plan, static_cast<int32_t>(stage));
    check_frame(plan, static_cast<int32_t>(stage));
    check_doubles(plan, static_cast<int32_t>(stage));
    check_scratch(plan, static_cast<int32_t>(stage));
  }
  check_reach(plan);
  check_zeroing(plan);
  check_in_place(plan);
}

}  // namespace reel::testing
