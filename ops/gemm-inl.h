// The product kernel under matmul and its transposes: register-blocked, for float and double. Every output element is
// one chain of fused multiply-adds over k in order, whatever the vector width or the block it is computed in, so the
// bits do not depend on either. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "reel/graph/tensor.h"

#if defined(REEL_OPS_GEMM_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_GEMM_INL
#undef REEL_OPS_GEMM_INL
#else
#define REEL_OPS_GEMM_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Rows of C that one kernel keeps in registers, two vectors each: what the register file holds next to the operands.
constexpr int kGemmRows = HWY_TARGET == HWY_AVX3 ? 8 : 6;

/// Columns of a panel of B: two vectors.
template <class T>
constexpr int64_t kGemmColumns = 2 * hn::MaxLanes(hn::ScalableTag<T>());

/// Elements of a cache line.
template <class T>
constexpr int64_t kLine = 64 / static_cast<int64_t>(sizeof(T));

/// Steps along k that a product of many rows takes at a time: a panel of B as deep as this stays in the nearest cache.
constexpr int64_t kGemmDepth = 256;

/// Where the operands of C [m, n] = initial + A [m, k] B [k, n] + addend lie, added in this order; strides in elements.
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
  /// How many of the first blocks have two rows more than the others.
  int64_t larger() const { return larger_; }
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

/// Memory that will be read after a block, asked for a little at every step along k, into the second cache: all at once
/// it would keep the block waiting.
struct Ahead {
  const std::byte* next = nullptr;
  int64_t step = 0;  ///< bytes
};

/// One block of C: kRows rows from `row` on, kVectors vectors of columns from `column` on, of which the last holds
/// `last` columns if kPartial. `a` and `b` are where its rows and its panel begin. Asks for what is `ahead` if kAsks.
template <int kRows, int kVectors, bool kPartial, bool kAsks = false, class T>
HWY_INLINE void gemm_block(const Gemm<T>& g, const T* a, const T* b, int64_t row, int64_t column, int64_t last,
                           Ahead ahead = {}) {
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
  if (g.initial) {
    for_each_sum([&, from = g.initial + at](auto r, auto v, int64_t i)
                     HWY_ATTR { sum[r][v] = load(from + r * g.c_row + i, v); });
  } else {
    for_each_sum([&](auto r, auto v, int64_t) HWY_ATTR { sum[r][v] = hn::Zero(d); });
  }
  const int64_t a_row = g.a_row, a_k = g.a_k, b_k = g.b_k, b_panel = g.b_panel;
  const auto left = [&](auto r) HWY_ATTR { return hn::Set(d, a[r * a_row]); };
  const auto right = [&](auto v) HWY_ATTR { return load(b + (v / 2) * b_panel + (v % 2) * kLanes, v); };
  // The fewer operands are held in registers next to the sums, and the others pass by. Where two threads share a core,
  // what bounds the loop is how many instructions it has to a multiply-add: hence unrolled.
  HWY_UNROLL(4)
  for (int64_t p = 0; p < g.k; ++p, a += a_k, b += b_k) {
    if constexpr (kAsks) {
      __builtin_prefetch(ahead.next, 0, 2);
      ahead.next += ahead.step;
    }
    if constexpr (kVectors <= kRows) {
      V held[kVectors];
      each<kVectors>([&](auto v) HWY_ATTR { held[v] = right(v); });
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

/// kRows rows of C, all columns. Few rows take more columns at a time, to keep enough sums in flight.
template <int kRows, class T>
HWY_NOINLINE void gemm_rows(const Gemm<T>& g, int64_t row) {
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
  constexpr int kWide = kRows == 1 ? 8 : kRows <= kGemmRows / 2 ? 4 : 2;
  const T* a = g.a + row * g.a_row;
  const T* b = g.b;
  int64_t column = 0;
  const auto advance = [&](int64_t columns) {
    column += columns;
    b += columns / (2 * lanes) * g.b_panel;
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

/// Rows of A that are packed together: at that depth they fill part of the second cache.
template <class T>
constexpr int64_t kPackedRows = 768 / static_cast<int64_t>(sizeof(T));

/// What a packed block of A is copied by, at least its rows; what is more than them is overwritten by the next copy, or
/// lies in a gap between blocks.
constexpr int kCopied = 8;
static_assert(kGemmRows <= kCopied);

/// Memory for packed operands, one to a thread; the next call may take it away.
template <class T>
T* packing_space(int64_t elements) {
  static thread_local std::shared_ptr<std::byte[]> memory;
  static thread_local int64_t held = 0;
  if (elements > held) {
    memory = allocate(static_cast<size_t>(elements) * sizeof(T));
    held = elements;
  }
  return reinterpret_cast<T*>(memory.get());
}

/// Rows of A packed for the kernel: block after block of them, in each the elements of its rows step by step along k.
template <class T>
struct PackedRows {
  T* data;
  int64_t depth;

  /// Elements for as many as kPackedRows rows.
  static int64_t elements(int64_t depth) { return kPackedRows<T> * depth + kPackedRows<T> / 4 * kCopied; }
  T* block(const RowBlocks& blocks, int64_t i) const { return data + blocks.begin(i) * depth + i * kCopied; }
};

/// One block of a panel of C. A function of its own for each count of rows: inlined side by side they are slower.
template <int kRows, bool kPacked, bool kAsks, class T>
HWY_NOINLINE void gemm_panel_rows(const Gemm<T>& g, const T* a, const T* b, int64_t row, int64_t column, Ahead ahead) {
  Gemm<T> block = g;
  if (kPacked) {  // as is B: the strides are constants
    block.a_row = 1;
    block.a_k = kRows;
    block.b_k = kGemmColumns<T>;
  }
  gemm_block<kRows, 2, false, kAsks>(block, a, b, row, column, 0, ahead);
}

/// Asks for a block of C, of any number of rows, that will be written.
template <class T>
HWY_INLINE void prefetch_block(const Gemm<T>& g, int64_t row, int64_t column) {
  const int64_t end = std::min(row + kGemmRows, g.m);
  for (T* c = g.c + row * g.c_row + column; row < end; ++row, c += g.c_row) {
    for (int64_t i = 0; i < kGemmColumns<T>; i += kLine<T>) __builtin_prefetch(c + i, 1);
  }
}

/// One panel of C: that of B stays in the nearest cache while the rows of A stream past it. The next one, which in
/// large products comes from far off, is on its way: each block asks for its share.
template <bool kPacked, class T>
void gemm_panel(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& packed, const T* b, int64_t column) {
  const int64_t step = kGemmColumns<T> * static_cast<int64_t>(sizeof(T)) / blocks.count();
  const std::byte* next = reinterpret_cast<const std::byte*>(b + g.b_panel);
  for (int64_t i = 0; i < blocks.count(); ++i) {
    const int64_t row = blocks.begin(i);
    const T* a = kPacked ? packed.block(blocks, i) : g.a + row * g.a_row;
    if constexpr (kPacked) {
      if (g.b_panel > 0) {
        prefetch_block(g, blocks.begin(i + 1), column);
        const Ahead ahead{next + i * step * g.k, step};
        with_rows(blocks.size(i),
                  [&](auto count) HWY_ATTR { gemm_panel_rows<count, true, true>(g, a, b, row, column, ahead); });
        continue;
      }
    }
    with_rows(blocks.size(i),
              [&](auto count) HWY_ATTR { gemm_panel_rows<count, kPacked, false>(g, a, b, row, column, {}); });
  }
}

/// The whole panels of C, one after the other. Returns how many columns these are.
template <bool kPacked, class T>
int64_t gemm_panels(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& packed) {
  const int64_t panels = g.n / kGemmColumns<T>;
  for (int64_t i = 0; i < panels; ++i) {
    gemm_panel<kPacked>(g, blocks, packed, g.b + i * g.b_panel, i * kGemmColumns<T>);
  }
  return panels * kGemmColumns<T>;
}

/// Packs the rows of A, which lie a_row apart.
template <class T>
void pack_rows(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& to) {
  for (int64_t i = 0; i < blocks.count(); ++i) {
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR {
      const T* from = g.a + blocks.begin(i) * g.a_row;
      T* next = to.block(blocks, i);
      for (int64_t p = 0; p < g.k; ++p, ++from, next += count) {
        each<count>([&](auto r) HWY_ATTR { next[r] = from[r * g.a_row]; });
      }
    });
  }
}

/// As much of k and m as is taken at a time. Packing pays where rows lie so far apart that they fall into few sets of
/// the cache, and are read by many panels.
template <class T>
void gemm_part(Gemm<T> g, bool packs) {
  const RowBlocks blocks(g.m);
  if (packs) {
    const PackedRows<T> packed{packing_space<T>(PackedRows<T>::elements(g.k)), g.k};
    pack_rows(g, blocks, packed);
    g = g.after(gemm_panels<true>(g, blocks, packed));
  } else if (blocks.count() > 1 && g.m / blocks.count() >= 4) {
    g = g.after(gemm_panels<false>(g, blocks, {}));
  }
  if (g.n == 0) return;
  for (int64_t i = 0; i < blocks.count(); ++i) {
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR { gemm_rows<count>(g, blocks.begin(i)); });
  }
}

/// Rows of one block.
template <class T>
void gemm_few(const Gemm<T>& g) {
  if (g.m > 0) with_rows(g.m, [&](auto count) HWY_ATTR { gemm_rows<count>(g, 0); });
}

/// Deep products of many rows go a part of k at a time, each beginning with the sums that the last has left in C.
template <class T>
void gemm(const Gemm<T>& g) {
  if (g.m <= kGemmRows) return gemm_few(g);
  const int64_t parts = (g.k + kGemmDepth - 1) / kGemmDepth;
  if (parts <= 1) return gemm_part(g, false);
  const bool packs = g.b_k == kGemmColumns<T> && g.a_k == 1 && g.n >= 16 * kGemmColumns<T>;
  const int64_t row_parts = packs ? (g.m + kPackedRows<T> - 1) / kPackedRows<T> : 1;
  for (int64_t i = 0; i < parts; ++i) {
    const int64_t begin = g.k * i / parts, depth = g.k * (i + 1) / parts - begin;
    for (int64_t j = 0; j < row_parts; ++j) {
      const int64_t row = g.m * j / row_parts;
      Gemm<T> part = g.rows(row, g.m * (j + 1) / row_parts).steps(begin, depth);
      if (i > 0) part.initial = part.c;
      if (i + 1 < parts) part.addend = nullptr;
      gemm_part(part, packs);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
