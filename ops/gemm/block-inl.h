// What all products are made of: one block of C, held in registers, for float and double. Every element of it is one
// chain of fused multiply-adds over k in order, from zero, whatever the vector width or the block it is computed in, so
// the bits do not depend on either. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "reel/ops/fma-inl.h"

#if defined(REEL_OPS_GEMM_BLOCK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_GEMM_BLOCK_INL
#undef REEL_OPS_GEMM_BLOCK_INL
#else
#define REEL_OPS_GEMM_BLOCK_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kVectorRegisters = HWY_TARGET == HWY_AVX3 ? 32 : 16;

/// Rows of C that one kernel keeps in registers, two vectors each: what the register file holds next to the operands.
constexpr int kGemmRows = HWY_TARGET == HWY_AVX3 ? 8 : 6;

/// Columns of a panel of B: two vectors.
template <class T>
constexpr int64_t kGemmColumns = 2 * hn::MaxLanes(hn::ScalableTag<T>());

/// Bytes of an operand B that no near cache holds.
constexpr int64_t kFarBytes = 1 << 20;

/// Where the operands of C [m, n] = (initial + A [m, k] B [k, n]) + addend lie; strides in elements.
template <class T>
struct Gemm {
  int64_t m, n, k;
  const T* a;
  int64_t a_row, a_k;
  /// Panels of two vectors' columns; `b_panel` from one to the next, `b_k` from one row to the next within one.
  const T* b;
  int64_t b_panel, b_k;
  T* c;
  int64_t c_row;
  const T* initial;    ///< laid out as C, and perhaps C itself; null for zeros
  const T* addend;     ///< with rows as wide as C's; null for none
  int64_t addend_row;  ///< 0 if one row is added to all
  /// From one column of B to the next: k where it lies transposed, [n, k], with b_k = 1.
  int64_t b_column = 1;

  /// Whether a panel of B lies in one piece.
  bool has_packed_panels() const { return b_k == kGemmColumns<T>; }

  bool has_far_b() const { return k * n * static_cast<int64_t>(sizeof(T)) >= kFarBytes; }

  /// The same product without its first columns, a multiple of a panel's.
  Gemm after(int64_t columns) const {
    Gemm rest = at(0, columns);
    rest.n -= columns;
    rest.b += columns / kGemmColumns<T> * b_panel;
    return rest;
  }
  /// Its rows [begin, end).
  Gemm rows(int64_t begin, int64_t end) const {
    Gemm part = at(begin, 0);
    part.m = end - begin;
    part.a += begin * a_row;
    return part;
  }
  /// `depth` steps along k, from `begin`.
  Gemm steps(int64_t begin, int64_t depth) const {
    Gemm part = *this;
    part.k = depth;
    part.a += begin * a_k;
    part.b += begin * b_k;
    return part;
  }

  /// With C from that element on.
  Gemm at(int64_t row, int64_t column) const {
    Gemm moved = *this;
    moved.c += row * c_row + column;
    if (initial) moved.initial += row * c_row + column;
    if (addend) moved.addend += row * addend_row + column;
    return moved;
  }
};

/// Rows cut into blocks of nearly equal size, even but for the last, so that no block is left with one or two.
class RowBlocks {
 public:
  explicit RowBlocks(int64_t rows)
      : rows_(rows),
        count_((rows + kGemmRows - 1) / kGemmRows),
        least_(rows / count_ / 2 * 2),
        larger_((rows - least_ * count_) / 2) {}

  int64_t count() const { return count_; }
  int64_t begin(int64_t block) const { return block == count_ ? rows_ : block * least_ + 2 * std::min(block, larger_); }
  int64_t size(int64_t block) const { return begin(block + 1) - begin(block); }

 private:
  int64_t rows_, count_;
  int64_t least_;  ///< rows of a block
  int64_t larger_;
};

/// f(0), f(1), ... f(kCount - 1), each a constant: an array indexed by them alone lives in registers.
template <class F, int... kIndices>
HWY_INLINE void each_of(std::integer_sequence<int, kIndices...>, F&& f) {
  (f(std::integral_constant<int, kIndices>()), ...);
}
template <int kCount, class F>
HWY_INLINE void each(F&& f) {
  each_of(std::make_integer_sequence<int, kCount>(), f);
}

/// f(count) with the count of a block's rows as a constant.
template <class F>
HWY_INLINE void with_rows(int64_t count, F&& f) {
  switch (count) {
    case 1: return f(std::integral_constant<int, 1>());
    case 2: return f(std::integral_constant<int, 2>());
    case 3: return f(std::integral_constant<int, 3>());
    case 4: return f(std::integral_constant<int, 4>());
    case 5: return f(std::integral_constant<int, 5>());
    case 6: return f(std::integral_constant<int, 6>());
    case 7: return f(std::integral_constant<int, std::min(7, kGemmRows)>());
    default: return f(std::integral_constant<int, kGemmRows>());
  }
}

/// How a block goes through an operand, one step along k after the other: rows of A, or panels of B, that lie `apart`.
template <class T>
struct StridedSteps {
  const T* at;
  int64_t apart, k;

  HWY_INLINE const T* step() { return std::exchange(at, at + k); }
  /// Moves on by so many rows of A, or panels of B.
  HWY_INLINE void skip(int64_t count) { at += count * apart; }
};

/// The same of a packed operand, where what a block reads lies in one piece: kCount elements a step.
template <int kCount, class T>
struct PackedSteps {
  const T* at;
  static constexpr int64_t apart = 1;

  HWY_INLINE const T* step() { return std::exchange(at, at + kCount); }
};

/// What a block does beside multiplying, from step p on: nothing. Returns the step at which it wants to be asked again.
struct Nothing {
  HWY_INLINE int64_t until(int64_t, int64_t k) const { return k; }
};

/// A vector that is to be in a register: g++ would rather load it again for each of two or three uses.
template <class V>
HWY_INLINE V in_register(V v) {
#if HWY_ARCH_X86
  __asm__("" : "+v"(v.raw));
#endif
  return v;
}

/// As many steps along k. Where two threads share a core, what bounds a block is how many instructions it has to a
/// multiply-add: hence unrolled. One of few sums waits for its operands, or for its own sums. The count of steps is a
/// variable of its own: g++ unrolls no loop that it has merged with the one around it.
template <int kSums, class F>
HWY_INLINE void multiply_add_steps(int64_t steps, F&& multiply_add) {
  if constexpr (kSums <= 8) {
    for (int64_t i = 0; i < steps; ++i) multiply_add();
  } else {
    HWY_UNROLL(4)
    for (int64_t i = 0; i < steps; ++i) multiply_add();
  }
}

/// One block of C: kRows rows from `row` on, kVectors vectors of columns from `column` on, of which the last holds
/// `last` columns if kPartial. `a` and `b` go through its rows and its panels.
template <int kRows, int kVectors, bool kPartial, class T, class A, class B, class F = Nothing>
HWY_INLINE void gemm_block(const Gemm<T>& g, A a, B b, int64_t row, int64_t column, int64_t last,
                           const F& beside = {}) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = hn::MaxLanes(d);
  const auto mask = hn::FirstN(d, static_cast<size_t>(last));
  const auto load = [&](const T* p, auto v) HWY_ATTR {
    return kPartial && v == kVectors - 1 ? hn::MaskedLoad(mask, d, p) : hn::LoadU(d, p);
  };
  const auto for_each_sum = [&](auto&& f) HWY_ATTR {
    each<kRows>([&](auto r) HWY_ATTR { each<kVectors>([&](auto v) HWY_ATTR { f(r, v, v * kLanes); }); });
  };
  const int64_t at = row * g.c_row + column;
  V sum[kRows][kVectors];
  for_each_sum([&](auto r, auto v, int64_t) HWY_ATTR { sum[r][v] = hn::Zero(d); });
  // One operand's elements are held in registers next to the sums, those of the other pass by: the columns where there
  // is room, for a compiler may read them anew for each row.
  constexpr bool kHoldsColumns = kVectors <= kRows || (kRows + 1) * kVectors < kVectorRegisters;
  const auto multiply_add = [&]() HWY_ATTR {
    const T *rows = a.step(), *columns = b.step();
    const auto left = [&](auto r) HWY_ATTR { return hn::Set(d, rows[r * a.apart]); };
    const auto right = [&](auto v) HWY_ATTR { return load(columns + (v / 2) * b.apart + (v % 2) * kLanes, v); };
    if constexpr (kHoldsColumns) {
      V held[kVectors];
      each<kVectors>([&](auto v) HWY_ATTR { held[v] = in_register(right(v)); });
      each<kRows>([&](auto r) HWY_ATTR {
        const V x = left(r);
        each<kVectors>([&](auto v) HWY_ATTR { sum[r][v] = hn::MulAdd(x, held[v], sum[r][v]); });
      });
    } else {
      V held[kRows];
      each<kRows>([&](auto r) HWY_ATTR { held[r] = left(r); });
      each<kVectors>([&](auto v) HWY_ATTR {
        const V y = right(v);
        each<kRows>([&](auto r) HWY_ATTR { sum[r][v] = hn::MulAdd(held[r], y, sum[r][v]); });
      });
    }
  };
  for (int64_t p = 0, until = 0; p < g.k; p = until) {
    until = beside.until(p, g.k);
    multiply_add_steps<kRows * kVectors>(until - p, multiply_add);
  }
  if (g.initial) {
    for_each_sum([&, from = g.initial + at](auto r, auto v, int64_t i)
                     HWY_ATTR { sum[r][v] = hn::Add(load(from + r * g.c_row + i, v), sum[r][v]); });
  }
  if (g.addend) {
    for_each_sum([&, from = g.addend + row * g.addend_row + column](auto r, auto v, int64_t i)
                     HWY_ATTR { sum[r][v] = hn::Add(sum[r][v], load(from + r * g.addend_row + i, v)); });
  }
  for_each_sum([&, to = g.c + at](auto r, auto v, int64_t i) HWY_ATTR {
    if (kPartial && v == kVectors - 1) {
      hn::BlendedStore(sum[r][v], mask, d, to + r * g.c_row + i);
    } else {
      hn::StoreU(sum[r][v], d, to + r * g.c_row + i);
    }
  });
}

/// One block of a panel of C. A function of its own for each count of rows: inlined side by side they are slower, and
/// so are operands passed by value.
template <int kRows, class T, class A, class B, class F = Nothing>
HWY_NOINLINE void gemm_panel_rows(const Gemm<T>& g, const A& a, const B& b, int64_t row, int64_t column,
                                  const F& beside = {}) {
  gemm_block<kRows, 2, false>(g, a, b, row, column, 0, beside);
}

/// kRows rows of C, all columns; `a` goes through these rows, and `b` through the first panel. Few rows take more
/// columns at a time, to keep enough sums in flight.
template <int kRows, class T, class A, class B>
HWY_INLINE void gemm_all_columns(const Gemm<T>& g, const A& a, B b, int64_t row) {
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
  constexpr int kWide = kRows == 1 ? 8 : kRows <= kGemmRows / 2 ? 4 : 2;
  int64_t column = 0;
  const auto advance = [&](int64_t columns) {
    column += columns;
    b.skip(columns / (2 * lanes));
  };
  for (; column + kWide * lanes <= g.n; advance(kWide * lanes))
    gemm_block<kRows, kWide, false>(g, a, b, row, column, 0);
  for (; column + 2 * lanes <= g.n; advance(2 * lanes)) gemm_block<kRows, 2, false>(g, a, b, row, column, 0);
  const int64_t left = g.n - column;
  if (left > lanes) {
    gemm_block<kRows, 2, true>(g, a, b, row, column, left - lanes);
  } else if (left == lanes) {
    gemm_block<kRows, 1, false>(g, a, b, row, column, 0);
  } else if (left > 0) {
    gemm_block<kRows, 1, true>(g, a, b, row, column, left);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
