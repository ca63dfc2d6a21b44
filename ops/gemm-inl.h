// The product kernel under matmul and its transposes, block by block of C. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "reel/graph/tensor.h"
#include "reel/ops/gemm_block-inl.h"
#include "reel/ops/gemm_pack-inl.h"

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

/// Elements of a cache line.
template <class T>
constexpr int64_t kLine = 64 / static_cast<int64_t>(sizeof(T));

/// Steps along k that a product of many rows takes at a time: a panel of B as deep as this stays in the nearest cache.
constexpr int64_t kGemmDepth = 256;

/// Goes through a packed panel of a B that lies far off, and asks for what comes a page later: there, what a processor
/// fetches by itself begins anew.
template <class T>
struct FarSteps : StridedSteps<T> {
  HWY_INLINE const T* step() {
    constexpr int64_t kAhead = 4096 / static_cast<int64_t>(sizeof(T));
    for (int64_t line = 0; line < kGemmColumns<T>; line += kLine<T>) __builtin_prefetch(this->at + kAhead + line, 0, 2);
    return StridedSteps<T>::step();
  }
};

/// kRows rows of C, all columns. Few rows take more columns at a time, to keep enough sums in flight.
template <int kRows, class Steps, class T>
HWY_NOINLINE void gemm_rows(const Gemm<T>& g, int64_t row) {
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
  constexpr int kWide = kRows == 1 ? 8 : kRows <= kGemmRows / 2 ? 4 : 2;
  const StridedSteps<T> a{g.a + row * g.a_row, g.a_row, g.a_k};
  Steps b{StridedSteps<T>{g.b, g.b_panel, g.b_k}};
  int64_t column = 0;
  const auto advance = [&](int64_t columns) {
    column += columns;
    b.at += columns / (2 * lanes) * g.b_panel;
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

/// Memory for packed operands, one to a thread; the next call may take it away.
template <class T>
T* packing_space(int64_t elements) {
  static thread_local std::shared_ptr<std::byte[]> memory;
  static thread_local int64_t held = 0;
  if (elements > held) {
    memory = allocate(static_cast<size_t>(elements) * sizeof(T), "packed operands");
    held = elements;
  }
  return reinterpret_cast<T*>(memory.get());
}

/// Rows of A packed for the kernel: block after block of them, in each the elements of its rows step by step along k.
template <class T>
struct PackedRows {
  T* data;
  int64_t depth;

  T* block(const RowBlocks& blocks, int64_t i) const { return data + blocks.begin(i) * depth; }
};

/// Goes through a packed panel of B, and asks for memory that will be read after the block, a little at every step,
/// into the second cache: all at once it would keep the block waiting.
template <class T>
struct AskingSteps : PackedSteps<kGemmColumns<T>, T> {
  const std::byte* next;
  int64_t share;  ///< bytes a step

  HWY_INLINE const T* step() {
    __builtin_prefetch(std::exchange(next, next + share), 0, 2);
    return PackedSteps<kGemmColumns<T>, T>::step();
  }
};

/// Steps along k from one time that a block does something beside multiplying to the next.
constexpr int64_t kPause = 16;

/// Asks for the rows of a block of C that will be written next, a line every few steps.
template <class T>
struct AskingRows {
  const T* c;
  int64_t c_row, rows;

  HWY_INLINE int64_t until(int64_t p, int64_t k) const {
    constexpr int64_t row_lines = (kGemmColumns<T> + kLine<T> - 1) / kLine<T>;
    const int64_t line = p / kPause;
    if (line < rows * row_lines) __builtin_prefetch(c + line / row_lines * c_row + line % row_lines * kLine<T>, 1);
    return std::min(p + kPause, k);
  }
};

/// One block of a panel of C. A function of its own for each count of rows: inlined side by side they are slower, and
/// so are operands passed by value.
template <int kRows, class T, class A, class B, class F = Nothing>
HWY_NOINLINE void gemm_panel_rows(const Gemm<T>& g, const A& a, const B& b, int64_t row, int64_t column,
                                  const F& beside = {}) {
  gemm_block<kRows, 2, false>(g, a, b, row, column, 0, beside);
}

/// One panel of C: that of B stays in the nearest cache while the rows of A stream past it.
template <class T>
void gemm_panel(const Gemm<T>& g, const RowBlocks& blocks, const T* b, int64_t column) {
  const StridedSteps<T> right{b, g.b_panel, g.b_k};
  for (int64_t i = 0; i < blocks.count(); ++i) {
    const int64_t row = blocks.begin(i);
    const StridedSteps<T> left{g.a + row * g.a_row, g.a_row, g.a_k};
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR { gemm_panel_rows<count>(g, left, right, row, column); });
  }
}

/// One panel of C of packed operands. What is needed next, which in large products comes from far off, is on its way:
/// each block asks for the block of C after it, and for its share of the next panel of B.
template <class T>
void gemm_packed_panel(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& a, const T* b, int64_t column) {
  const int64_t share = kGemmColumns<T> * static_cast<int64_t>(sizeof(T)) / blocks.count();
  const std::byte* next = reinterpret_cast<const std::byte*>(b + g.b_panel);
  for (int64_t i = 0; i < blocks.count(); ++i, next += share * g.k) {
    const int64_t row = blocks.begin(i), end = blocks.begin(i + 1);
    const AskingSteps<T> right{{b}, next, share};
    const AskingRows<T> beside{g.c + end * g.c_row + column, g.c_row, i + 1 < blocks.count() ? blocks.size(i + 1) : 0};
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR {
      gemm_panel_rows<count>(g, PackedSteps<count, T>{a.block(blocks, i)}, right, row, column, beside);
    });
  }
}

/// The whole panels of C, one after the other, by `panel` of b and the column. Returns how many columns these are.
template <class T, class F>
int64_t gemm_panels(const Gemm<T>& g, F&& panel) {
  const int64_t panels = g.n / kGemmColumns<T>;
  for (int64_t i = 0; i < panels; ++i) panel(g.b + i * g.b_panel, i * kGemmColumns<T>);
  return panels * kGemmColumns<T>;
}

/// Packs A, of which rows or columns lie in one piece.
template <class T>
void pack_rows(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& to) {
  for (int64_t i = 0; i < blocks.count(); ++i) {
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR {
      const T* from = g.a + blocks.begin(i) * g.a_row;
      T* next = to.block(blocks, i);
      if (g.a_row == 1) {
        for (int64_t p = 0; p < g.k; ++p, from += g.a_k, next += count) copy_elements<count>(from, next);
        return;
      }
      for (int64_t p = 0; p < g.k; ++p, ++from, next += count) {
        each<count>([&](auto r) HWY_ATTR { next[r] = from[r * g.a_row]; });
      }
    });
  }
}

/// Packs the first `columns` of a panel of B, which lies as it was made, or transposed.
template <class T>
void pack_panel_of(const Gemm<T>& g, const T* b, int64_t columns, T* panel) {
  if (g.b_column != 1) {
    pack_transposed_panel(b, g.b_column, columns, g.k, panel);
  } else {
    pack_panel(b, g.b_k, columns, g.k, panel);
  }
}

/// Steps of a panel of B that are packed some at a time, beside other work, and asked for some turns earlier: a load
/// that waits for memory would hold up the multiply-adds.
template <class T>
struct PackingAhead {
  const T* from;
  int64_t apart, column;  ///< from one step to the next, and from one column
  int64_t left;
  T* to;

  HWY_INLINE void take(int64_t steps) { column == 1 ? take_rows(steps) : take_columns(steps); }

 private:
  HWY_INLINE void take_rows(int64_t steps) {
    constexpr int64_t kTurns = 8;
    for (steps = std::min(steps, left), left -= steps; steps > 0; --steps) {
      for (int64_t line = 0; line < kGemmColumns<T>; line += kLine<T>) {
        __builtin_prefetch(from + kTurns * apart + line, 0, 2);
      }
      copy_elements<kGemmColumns<T>>(std::exchange(from, from + apart), std::exchange(to, to + kGemmColumns<T>));
    }
  }

  /// Of a transposed B, as many steps at a time as a square has columns.
  HWY_NOINLINE void take_columns(int64_t steps) {
    constexpr int64_t kAhead = 2 * kLine<T>;
    for (steps = std::min(steps, left); steps > 0; steps -= kSide<T>) {
      const int64_t taken = std::min(kSide<T>, left);
      if (left % kLine<T> < taken) {
        for (int64_t i = 0; i < kGemmColumns<T>; ++i) __builtin_prefetch(from + i * column + kAhead, 0, 2);
      }
      transpose_block(from, column, kGemmColumns<T>, taken, to, kGemmColumns<T>);
      from += taken, to += taken * kGemmColumns<T>, left -= taken;
    }
  }
};

/// Packs some rows ahead every few steps, and asks for the next block of C.
template <class T>
struct PackingBeside {
  AskingRows<T> c;
  PackingAhead<T>* ahead;
  int64_t share;

  HWY_INLINE int64_t until(int64_t p, int64_t k) const {
    ahead->take(share);
    return c.until(p, k);
  }
};

/// One panel of C with A packed and B, too; what the next panel of B has is packed meanwhile, so that what waits for
/// memory is hidden behind multiply-adds.
template <class T>
void gemm_ahead_panel(const Gemm<T>& g, const RowBlocks& blocks, const PackedRows<T>& a, const T* b, int64_t column,
                      PackingAhead<T> ahead) {
  const int64_t pauses = blocks.count() * ((g.k + kPause - 1) / kPause), share = (ahead.left + pauses - 1) / pauses;
  for (int64_t i = 0; i < blocks.count(); ++i) {
    const int64_t row = blocks.begin(i), end = blocks.begin(i + 1);
    const AskingRows<T> c{g.c + end * g.c_row + column, g.c_row, i + 1 < blocks.count() ? blocks.size(i + 1) : 0};
    const PackingBeside<T> beside{c, &ahead, share};
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR {
      gemm_panel_rows<count>(g, PackedSteps<count, T>{a.block(blocks, i)}, PackedSteps<kGemmColumns<T>, T>{b}, row,
                             column, beside);
    });
  }
}

/// With A packed, and B, a panel at a time, if it is not: as much of it as is taken stays in a near cache while all
/// rows are multiplied with it. Returns what is left: the columns past the last whole panel, with their panel packed.
template <class T>
Gemm<T> gemm_packing(const Gemm<T>& g) {
  const RowBlocks blocks(g.m);
  const int64_t panel_elements = g.has_packed_panels() ? 0 : kGemmColumns<T> * g.k;
  const PackedRows<T> a{packing_space<T>(g.m * g.k + 2 * panel_elements), g.k};
  pack_rows(g, blocks, a);
  if (g.has_packed_panels()) {
    return g.after(gemm_panels(g, [&](const T* b, int64_t column) { gemm_packed_panel(g, blocks, a, b, column); }));
  }
  T *now = a.data + g.m * g.k, *next = now + panel_elements;
  const int64_t last = g.n - kGemmColumns<T>;
  int64_t done = 0;
  if (last >= 0) pack_panel_of(g, g.b, kGemmColumns<T>, now);
  for (const T* b = g.b; done <= last; done += kGemmColumns<T>, b += g.b_panel, std::swap(now, next)) {
    const int64_t ahead = done + kGemmColumns<T> <= last ? g.k : 0;
    gemm_ahead_panel(g, blocks, a, now, done, {b + g.b_panel, g.b_k, g.b_column, ahead, next});
  }
  Gemm<T> rest = g.after(done);
  if (rest.n > 0) pack_panel_of(g, rest.b, rest.n, now);
  rest.b = now;
  rest.b_k = kGemmColumns<T>;
  return rest;
}

/// As much of k and m as is taken at a time. Packing pays where rows lie so far apart that they fall into few sets of
/// the cache, and are read by many panels.
template <class T>
void gemm_part(Gemm<T> g, bool packs) {
  const RowBlocks blocks(g.m);
  if (packs) {
    g = gemm_packing(g);
  } else if (blocks.count() > 1 && g.m / blocks.count() >= 4) {
    g = g.after(gemm_panels(g, [&](const T* b, int64_t column) { gemm_panel(g, blocks, b, column); }));
  }
  if (g.n == 0) return;
  for (int64_t i = 0; i < blocks.count(); ++i) {
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR { gemm_rows<count, StridedSteps<T>>(g, blocks.begin(i)); });
  }
}

/// Rows of one block. Half a block and less take a far B as fast as it comes, and gain nothing by asking for it.
template <class T>
void gemm_few(const Gemm<T>& g) {
  if (g.m == 0) return;
  const bool is_far = g.has_packed_panels() && g.has_far_b();
  with_rows(g.m, [&](auto count) HWY_ATTR {
    if constexpr (count > kGemmRows / 2) {
      if (is_far) return gemm_rows<count, FarSteps<T>>(g, 0);
    }
    gemm_rows<count, StridedSteps<T>>(g, 0);
  });
}

/// f(part) for each part of k: deep products go one after the other, each added to what the last has left in C.
template <class T, class F>
void each_part(const Gemm<T>& g, F&& f) {
  const int64_t parts = std::max<int64_t>(1, (g.k + kGemmDepth - 1) / kGemmDepth);
  for (int64_t i = 0; i < parts; ++i) {
    const int64_t begin = g.k * i / parts;
    Gemm<T> part = g.steps(begin, g.k * (i + 1) / parts - begin);
    if (i > 0) part.initial = part.c;
    if (i + 1 < parts) part.addend = nullptr;
    f(part);
  }
}

template <class T>
void gemm(const Gemm<T>& g) {
  const bool transposed = g.b_column != 1;
  if (g.m <= kGemmRows && !transposed) return each_part(g, gemm_few<T>);
  const bool packs =
      transposed || (g.n >= 16 * kGemmColumns<T> && (g.has_packed_panels() ? g.k > kGemmDepth : g.has_far_b()));
  const int64_t row_parts = packs ? (g.m + kPackedRows<T> - 1) / kPackedRows<T> : 1;
  each_part(g, [&](const Gemm<T>& part) {
    for (int64_t i = 0; i < row_parts; ++i) {
      gemm_part(part.rows(g.m * i / row_parts, g.m * (i + 1) / row_parts), packs);
    }
  });
}

/// The same where C is far larger than the operands, as the gradient of a wide weight is: with all of B packed, C is
/// written row after row, where memory takes it best.
template <class T>
void gemm_in_order(const Gemm<T>& g) {
  const int64_t panels = (g.n + kGemmColumns<T> - 1) / kGemmColumns<T>, panel = g.k * kGemmColumns<T>;
  T* b = packing_space<T>(panels * panel + kGemmRows * g.k);
  pack_panels(g.b, g.k, g.n, false, 0, panels, b);
  const RowBlocks blocks(g.m);
  for (int64_t i = 0; i < blocks.count(); ++i) {
    Gemm<T> part = g.rows(blocks.begin(i), blocks.begin(i + 1));
    const PackedRows<T> a{b + panels * panel, g.k};
    pack_rows(part, RowBlocks(part.m), a);
    part.a = a.data, part.a_row = 1, part.a_k = part.m;
    part.b = b, part.b_panel = panel, part.b_k = kGemmColumns<T>;
    each_part(part, gemm_few<T>);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
