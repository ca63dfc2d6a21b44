// Products of any extents, cut into what the kernels take. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "reel/ops/gemm/block-inl.h"
#include "reel/ops/gemm/kernels-inl.h"
#include "reel/ops/gemm/pack-inl.h"

#if defined(REEL_OPS_GEMM_GEMM_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_GEMM_GEMM_INL
#undef REEL_OPS_GEMM_GEMM_INL
#else
#define REEL_OPS_GEMM_GEMM_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// The whole panels of C, one after the other, by `panel` of b and the column. Returns how many columns these are.
template <class T, class F>
int64_t gemm_panels(const Gemm<T>& g, F&& panel) {
  const int64_t panels = g.n / kGemmColumns<T>;
  for (int64_t i = 0; i < panels; ++i) panel(g.b + i * g.b_panel, i * kGemmColumns<T>);
  return panels * kGemmColumns<T>;
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
  if (g.n > 0) gemm_by_rows(g, blocks);
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

/// A sum C no larger than this stays in the nearest cache without packing.
constexpr int64_t kDirectBytes = 8 << 10;

/// C [m, n] += sum of A^T B over the pairs; rows of A are `a_row` apart.
/// Packing does not pay while C fits the nearest cache, or has few panels or rows. One column is as well a row of the
/// transposed product, whose columns fill vectors; where few products are summed there is little to gain.
template <class T>
void gemm_transposed(std::span<const GemmPair<T>> pairs, int64_t a_row, int64_t m, int64_t n, T* c) {
  if (n == 1 && m > 1 && a_row == m && pairs.size() == 1 && pairs[0].k > kGemmDepth) {
    const auto& [a, b, k] = pairs[0];
    return gemm<T>({1, m, k, b, 1, 1, a, kGemmColumns<T>, m, c, m, c, nullptr, 0});
  }
  const bool packs =
      m > kGemmRows && n >= 4 * kGemmColumns<T> && m * n * static_cast<int64_t>(sizeof(T)) > kDirectBytes;
  if (!packs && pairs.size() == 1) {
    const auto& [a, b, k] = pairs[0];
    return gemm<T>({m, n, k, a, 1, a_row, b, kGemmColumns<T>, n, c, n, c, nullptr, 0});
  }
  gemm_paired(pairs, a_row, m, n, packs ? n / kGemmColumns<T> * kGemmColumns<T> : 0, c);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
