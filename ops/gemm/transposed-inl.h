// The product kernel of a transposed left operand, summed over several products, all in one loop: C += sum of A^T B.
// Columns of the operands lie rows apart, in few sets of the cache, so the first block that reads them packs them.
// Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "reel/ops/gemm/block-inl.h"
#include "reel/ops/gemm/kernels-inl.h"
#include "reel/ops/gemm/pack-inl.h"

#if defined(REEL_OPS_GEMM_TRANSPOSED_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_GEMM_TRANSPOSED_INL
#undef REEL_OPS_GEMM_TRANSPOSED_INL
#else
#define REEL_OPS_GEMM_TRANSPOSED_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// Rows of A and of B that are multiplied, those of all pairs one after the other, some at a time.
template <class T>
class PairedRows {
 public:
  PairedRows(std::span<const GemmPair<T>> pairs, int64_t a_row, int64_t n) : pairs_(pairs), a_row_(a_row), n_(n) {}

  /// Moves on to the next `depth`, at most kGemmDepth.
  void take(int64_t depth) {
    for (int64_t i = 0; i < depth; ++i, ++done_) {
      while (done_ == pairs_[at_].k) ++at_, done_ = 0;
      a_[i] = pairs_[at_].a + done_ * a_row_;
      b_[i] = pairs_[at_].b + done_ * n_;
    }
  }

  const T* const* a() const { return a_.data(); }
  const T* const* b() const { return b_.data(); }

 private:
  std::span<const GemmPair<T>> pairs_;
  int64_t a_row_, n_;
  size_t at_ = 0;
  int64_t done_ = 0;  ///< rows of that pair
  std::array<const T*, kGemmDepth> a_, b_;
};

/// Goes through kCount columns of rows, and packs them for the blocks to come: what waits for memory is hidden behind
/// multiply-adds.
template <int kCount, class T>
struct PackingSteps {
  const T* const* rows;
  int64_t column;
  T* to;
  static constexpr int64_t apart = 1;

  HWY_INLINE const T* step() {
    const T* from = *rows++ + column;
    copy_elements<kCount>(from, std::exchange(to, to + kCount));
    return from;
  }
};

/// f(how a block goes through kCount columns): packing them, or as they have been packed.
template <int kCount, class T, class F>
HWY_INLINE void with_steps(bool packs, const T* const* rows, int64_t column, T* packed, F&& f) {
  if (packs) {
    f(PackingSteps<kCount, T>{rows, column, packed});
  } else {
    f(PackedSteps<kCount, T>{packed});
  }
}

/// The whole panels of C [m, n] += sum of A^T B over `depth` rows of each.
template <class T>
class TransposedPanels {
 public:
  TransposedPanels(const PairedRows<T>& rows, int64_t depth, int64_t m, int64_t n, T* c)
      : rows_(rows), depth_(depth), m_(m), n_(n), c_(c) {}

  /// Some rows of C at a time. If these are not all, the panels of B are kept for the next.
  void run() const {
    const int64_t parts = (m_ + kPackedRows<T> - 1) / kPackedRows<T>, panels = n_ / kGemmColumns<T>;
    const int64_t a_elements = kPackedRows<T> * depth_, panel_elements = depth_ * kGemmColumns<T>;
    const int64_t panel_step = parts == 1 ? 0 : panel_elements;
    const PackedRows<T> a{packing_space<T>(a_elements + (parts == 1 ? 1 : panels) * panel_elements), depth_};
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t first = m_ * part / parts, rows = m_ * (part + 1) / parts - first;
      T* c = c_ + first * n_;
      const Gemm<T> g{rows, n_, depth_, nullptr, 1, 0, nullptr, panel_step, kGemmColumns<T>, c, n_, c, nullptr, 0};
      for (int64_t panel = 0; panel < panels; ++panel) {
        run_panel(g, first, a, a.data + a_elements + panel * panel_step, panel * kGemmColumns<T>);
      }
    }
  }

 private:
  /// One panel of the rows of C from `first` on: the first panel packs A, and its first block B.
  void run_panel(const Gemm<T>& g, int64_t first, const PackedRows<T>& a, T* b, int64_t column) const {
    const RowBlocks blocks(g.m);
    if (first > 0 && column > 0) return gemm_packed_panel(g, blocks, a, b, column);
    for (int64_t i = 0; i < blocks.count(); ++i) {
      const int64_t row = blocks.begin(i);
      T* packed = a.block(blocks, i);
      with_rows(blocks.size(i), [&](auto count) {
        with_steps<count>(column == 0, rows_.a(), first + row, packed, [&](const auto& left) {
          with_steps<kGemmColumns<T>>(first + i == 0, rows_.b(), column, b,
                                      [&](const auto& right) { gemm_panel_rows<count>(g, left, right, row, column); });
        });
      });
    }
  }

  const PairedRows<T>& rows_;
  int64_t depth_, m_, n_;
  T* c_;
};

/// Goes through some columns of rows that lie anywhere.
template <class T>
struct RowSteps {
  const T* const* rows;
  int64_t column, apart;

  HWY_INLINE const T* step() { return *rows++ + column; }
  HWY_INLINE void skip(int64_t count) { column += count * apart; }
};

/// kRows rows of C from `row` on, and its columns from `column` on, which is where `g` begins.
template <int kRows, class T>
HWY_NOINLINE void gemm_paired_rows(const Gemm<T>& g, const PairedRows<T>& rows, int64_t row, int64_t column) {
  gemm_all_columns<kRows>(g, RowSteps<T>{rows.a(), row, 1}, RowSteps<T>{rows.b(), column, kGemmColumns<T>}, row);
}

/// The columns of C [m, n] += sum of A^T B from `column` on, over `depth` rows of each, as they lie.
template <class T>
void gemm_paired_columns(const PairedRows<T>& rows, int64_t depth, int64_t m, int64_t n, int64_t column, T* c) {
  T* from = c + column;
  const Gemm<T> g{m, n - column, depth, nullptr, 1, 0, nullptr, 0, 0, from, n, from, nullptr, 0};
  const RowBlocks blocks(m);
  for (int64_t i = 0; i < blocks.count(); ++i) {
    with_rows(blocks.size(i), [&](auto count) HWY_ATTR { gemm_paired_rows<count>(g, rows, blocks.begin(i), column); });
  }
}

template <class T>
void gemm_paired(std::span<const GemmPair<T>> pairs, int64_t a_row, int64_t m, int64_t n, int64_t packed, T* c) {
  int64_t total = 0;
  for (const GemmPair<T>& pair : pairs) total += pair.k;
  const int64_t parts = (total + kGemmDepth - 1) / kGemmDepth;
  PairedRows<T> rows(pairs, a_row, n);
  for (int64_t i = 0; i < parts; ++i) {
    const int64_t depth = total * (i + 1) / parts - total * i / parts;
    rows.take(depth);
    if (packed > 0) TransposedPanels<T>(rows, depth, m, n, c).run();
    if (packed < n) gemm_paired_columns(rows, depth, m, n, packed, c);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
