// The product kernel under matmul and its transposes: register-blocked, for float and double. Every output element is
// one chain of fused multiply-adds over k in order, whatever the vector width or the block it is computed in, so the
// bits do not depend on either. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <cstdint>
#include <span>

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

/// One of several products that are summed: where its operands lie, counted from those of the first, and its k.
struct GemmPair {
  int64_t a, b, k;
};

/// Where the operands of C [m, n] = initial + A [m, k] B [k, n] + addend lie, added in this order; strides in elements.
/// A sum of such products over pairs (A, B) of the same strides is one product whose k runs through all of them.
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
  const T* initial;  ///< laid out as C, and perhaps C itself; null for zeros
  const T* addend;   ///< likewise; null for none
  /// The pairs; the first is A and B themselves. They alone if empty.
  std::span<const GemmPair> pairs = {};
};

/// One block of C: kRows rows, kVectors vectors of columns, of which the last holds `last` columns if kPartial.
template <int kRows, int kVectors, bool kPartial, class T>
HWY_INLINE void gemm_block(const Gemm<T>& g, const T* a, const T* b, T* c, int64_t last) {
  const T* initial = g.initial == nullptr ? nullptr : g.initial + (c - g.c);
  const T* addend = g.addend == nullptr ? nullptr : g.addend + (c - g.c);
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto mask = hn::FirstN(d, static_cast<size_t>(last));
  const auto load = [&](const T* p, int v) HWY_ATTR {
    return kPartial && v == kVectors - 1 ? hn::MaskedLoad(mask, d, p) : hn::LoadU(d, p);
  };
  V sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) sum[r][v] = initial ? load(initial + r * g.c_row + v * lanes, v) : hn::Zero(d);
  }
  const T *next_a = a, *next_b = b;
  int64_t k = g.k;
  for (size_t pair = 0;;) {
    for (int64_t p = 0; p < k; ++p, next_a += g.a_k, next_b += g.b_k) {
      V right[kVectors];
      for (int v = 0; v < kVectors; ++v) right[v] = load(next_b + (v / 2) * g.b_panel + (v % 2) * lanes, v);
      for (int r = 0; r < kRows; ++r) {
        const V left = hn::Set(d, next_a[r * g.a_row]);
        for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(left, right[v], sum[r][v]);
      }
    }
    if (++pair >= g.pairs.size()) break;
    next_a = a + g.pairs[pair].a;
    next_b = b + g.pairs[pair].b;
    k = g.pairs[pair].k;
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      const int64_t at = r * g.c_row + v * lanes;
      if (addend) sum[r][v] = hn::Add(sum[r][v], load(addend + at, v));
      T* to = c + at;
      if (kPartial && v == kVectors - 1) {
        hn::BlendedStore(sum[r][v], mask, d, to);
      } else {
        hn::StoreU(sum[r][v], d, to);
      }
    }
  }
}

/// kRows rows of C, all columns. Few rows take more columns at a time, to keep enough sums in flight.
template <int kRows, class T>
HWY_NOINLINE void gemm_rows(const Gemm<T>& g, int64_t row) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  constexpr int kWide = kRows == 1 ? 8 : kRows <= 3 ? 4 : 2;
  const T* a = g.a + row * g.a_row;
  const T* b = g.b;
  T* c = g.c + row * g.c_row;
  int64_t left = g.n;
  const auto advance = [&](int64_t columns) {
    left -= columns;
    c += columns;
    b += columns / (2 * lanes) * g.b_panel;
  };
  for (; left >= kWide * lanes; advance(kWide * lanes)) gemm_block<kRows, kWide, false>(g, a, b, c, 0);
  for (; left >= 2 * lanes; advance(2 * lanes)) gemm_block<kRows, 2, false>(g, a, b, c, 0);
  if (left > lanes) {
    gemm_block<kRows, 2, true>(g, a, b, c, left - lanes);
  } else if (left == lanes) {
    gemm_block<kRows, 1, false>(g, a, b, c, 0);
  } else if (left > 0) {
    gemm_block<kRows, 1, true>(g, a, b, c, left);
  }
}

/// One panel of C, all rows: the panel of B stays in the nearest cache while the rows of A stream past it.
template <int kRows, class T>
HWY_INLINE void gemm_panel_rows(const Gemm<T>& g, int64_t row, int64_t panel) {
  const int64_t columns = 2 * static_cast<int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  gemm_block<kRows, 2, false>(g, g.a + row * g.a_row, g.b + panel * g.b_panel, g.c + row * g.c_row + panel * columns,
                              0);
}

template <class T>
HWY_INLINE void gemm_panel_switch(const Gemm<T>& g, int64_t row, int64_t count, int64_t panel) {
  switch (count) {
    case 4: return gemm_panel_rows<4>(g, row, panel);
    case 5: return gemm_panel_rows<5>(g, row, panel);
    case 6: return gemm_panel_rows<6>(g, row, panel);
    case 7: return gemm_panel_rows < kGemmRows == 8 ? 7 : 6 > (g, row, panel);
    default: return gemm_panel_rows<kGemmRows>(g, row, panel);
  }
}

template <class T>
HWY_INLINE void gemm_rows_switch(const Gemm<T>& g, int64_t row, int64_t count) {
  switch (count) {
    case 1: return gemm_rows<1>(g, row);
    case 2: return gemm_rows<2>(g, row);
    case 3: return gemm_rows<3>(g, row);
    case 4: return gemm_rows<4>(g, row);
    case 5: return gemm_rows<5>(g, row);
    case 6: return gemm_rows<6>(g, row);
    case 7: return gemm_rows < kGemmRows == 8 ? 7 : 6 > (g, row);
    default: return gemm_rows<kGemmRows>(g, row);
  }
}

/// Rows are cut into blocks of nearly equal size, so that no block is left with one or two.
template <class T>
void gemm(Gemm<T> g) {
  const int64_t columns = 2 * static_cast<int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  const int64_t blocks = (g.m + kGemmRows - 1) / kGemmRows;
  const auto begin = [&](int64_t block) { return block == blocks ? g.m : block * ((g.m + 1) / 2) / blocks * 2; };
  int64_t done = 0;
  if (blocks > 1 && g.m / blocks >= 4) {
    for (; (done + 1) * columns <= g.n; ++done) {
      for (int64_t i = 0; i < blocks; ++i) gemm_panel_switch(g, begin(i), begin(i + 1) - begin(i), done);
    }
    g.n -= done * columns;
    g.b += done * g.b_panel;
    g.c += done * columns;
    if (g.initial) g.initial += done * columns;
    if (g.addend) g.addend += done * columns;
    if (g.n == 0) return;
  }
  for (int64_t i = 0; i < blocks; ++i) gemm_rows_switch(g, begin(i), begin(i + 1) - begin(i));
}

/// B [k, n] as panels of two vectors' columns, each [k, 2 lanes], the columns past n zero; panels [first, first +
/// count).
template <class T>
void pack_panels(const T* b, int64_t k, int64_t n, int64_t first, int64_t count, T* packed) {
  const int64_t columns = 2 * static_cast<int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  for (int64_t panel = first; panel < first + count; ++panel) {
    const int64_t begin = panel * columns, held = std::clamp<int64_t>(n - begin, 0, columns);
    for (int64_t p = 0; p < k; ++p, packed += columns) {
      if (held > 0) std::copy_n(b + p * n + begin, held, packed);
      std::fill(packed + held, packed + columns, T(0));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
