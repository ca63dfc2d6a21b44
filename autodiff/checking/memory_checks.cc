#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>

#include "reel/autodiff/checking/checks.h"
#include "reel/graph/error.h"

namespace reel::checking {
namespace {

constexpr int64_t kGap = 24;          // bytes between rows that lie apart
constexpr int64_t kElsewhere = 1000;  // rows further into a batch

/// Of many sizes, so that blocks begin at many places and have remainders of many lengths.
const std::vector<int64_t> kSizes = {1, 3, 7, 32, 5, 64, 2, 128};
/// Of no more rows than a leaf, for contractions: what they sum over more steps is added in parts, one after the other.
const std::vector<int64_t> kLeafSizes = {1, 3, 7, 32, 5, 2};

bool holds_only(const Tensor& value, int64_t element, std::byte filler) {
  const auto size = static_cast<int64_t>(size_of(value.dtype()));
  const std::byte* from = value.raw() + element * size;
  return std::all_of(from, from + size, [=](std::byte byte) { return byte == filler; });
}

int64_t first_difference(const Tensor& a, const Tensor& b) {
  const auto size = static_cast<int64_t>(size_of(a.dtype()));
  const auto bytes = static_cast<int64_t>(a.bytes());
  return (std::mismatch(a.raw(), a.raw() + bytes, b.raw()).first - a.raw()) / size;
}

/// What blocks give each by itself, added up.
Tensor sum_of_blocks(const Subject& subject) {
  Tensor sum = Tensor::zeros(subject.type.shape, subject.type.dtype);
  const int64_t extent = subject.extent();
  size_t next = 0;
  for (int64_t first = 0, count; first < extent; first += count) {
    count = std::min(kLeafSizes[next++ % kLeafSizes.size()], extent - first);
    const Tensor part = run_rows(subject, first, count);
    if (sum.dtype() == DType::f64) {
      std::ranges::transform(sum.data<double>(), part.data<double>(), sum.data<double>().begin(), std::plus());
    } else {
      std::ranges::transform(sum.data<float>(), part.data<float>(), sum.data<float>().begin(), std::plus());
    }
  }
  return sum;
}

void require_same(const Subject& subject, const Tensor& got, const Tensor& expected, const std::string& what) {
  if (same_bits(got, expected)) return;
  const int64_t i = first_difference(got, expected);
  subject.fail(fmt::format("{}: element {} is {}, expected {}", what, i, got.at(i), expected.at(i)));
}

void check_overwriting(const Subject& subject, const Tensor& cut) {
  if (subject.op->traits().accumulates) return;
  for (size_t i = 0; i < subject.types.size(); ++i) {
    if (!subject.op->may_overwrite(i, subject.types) || !(subject.types[i] == subject.type) || !subject.by_row(i))
      continue;
    const Setting setting{.overwritten = static_cast<int>(i)};
    require_same(subject, run_cut(subject, kSizes, setting), cut,
                 fmt::format("may_overwrite: gives other bits in the memory of input {}", i));
  }
}

}  // namespace

void check_infer(const Subject& subject) {
  if (!subject.is_of_batch()) return;
  for (const int64_t count : {1, 5}) {
    std::vector<Type> types;
    for (const Type& type : subject.types) types.push_back({type.dtype, concrete(type.shape, count)});
    const Type expected{subject.type.dtype, concrete(subject.type.shape, count)};
    Type found;
    try {
      found = subject.op->infer(types);
    } catch (const ShapeError&) {
      continue;  // of an op that is made for a batch
    }
    if (!(found == expected) && !(found == subject.type)) {
      subject.fail(fmt::format("infer: gives {} for {} rows, where it gives {} for a batch", found.str(), count,
                               subject.type.str()));
    }
  }
}

void check_memory(const Subject& subject) {
  const Tensor a = run_whole(subject, {.filler = kFillers[0]}), b = run_whole(subject, {.filler = kFillers[1]});
  if (!same_bits(a, b)) {
    const int64_t i = first_difference(a, b);
    if (holds_only(a, i, kFillers[0]) && holds_only(b, i, kFillers[1]))
      subject.fail(fmt::format("does not write element {} of its output {}", i, a.type().str()));
    subject.fail(fmt::format(
        "element {} of its output depends on what it is not given: memory around its operands, what scratch or the "
        "output held before, or an earlier run",
        i));
  }
}

void check_blocks(const Subject& subject) {
  const Traits traits = subject.op->traits();
  const Tensor whole = run_whole(subject), cut = run_cut(subject, kSizes);
  if (traits.contraction) {
    require_same(subject, run_cut(subject, kLeafSizes), sum_of_blocks(subject),
                 "rows: blocks that add into one output give other bits than each by itself, added");
  } else {
    require_same(subject, cut, whole, "rows: gives other bits in blocks of rows than at once");
  }
  if (subject.is_of_batch() && !traits.positional) {
    require_same(subject, run_whole(subject, {.shift = kElsewhere}), whole,
                 "positional: is not, and gives other bits elsewhere in a batch");
  }
  if (traits.strided && subject.type.shape.rank() > 0) {
    require_same(subject, run_cut(subject, kSizes, {.gap = kGap}), cut,
                 "strided: gives other bits where rows lie apart");
  }
  check_overwriting(subject, cut);
}

void check_at_once(const Subject& subject) {
  const Tensor alone = run_cut(subject, kSizes);
  std::vector<std::future<Tensor>> runs;
  for (int i = 0; i < 3; ++i) {
    runs.push_back(std::async(std::launch::async, [&] {
      for (int again = 0; again < 2; ++again) {
        Tensor got = run_cut(subject, kSizes);
        if (again == 1 || !same_bits(got, alone)) return got;
      }
      return Tensor{};
    }));
  }
  for (std::future<Tensor>& run : runs) {
    require_same(subject, run.get(), alone, "threads: gives other bits where three run it at once");
  }
}

void check_subject(const Subject& subject) {
  check_infer(subject);
  check_memory(subject);
  check_blocks(subject);
  check_at_once(subject);
  check_traits(subject);
  check_moves(subject);
  check_substitutes(subject);
}

}  // namespace reel::checking
