// The product kernel of a transposed left operand, summed over several products: C += sum of A^T B. The operands are
// packed first, for their columns lie rows apart, in few sets of the cache, and then all products are one loop.
// Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "reel/ops/gemm-inl.h"
#include "reel/ops/gemm_pack-inl.h"

#if defined(REEL_OPS_GEMM_TRANSPOSED_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_GEMM_TRANSPOSED_INL
#undef REEL_OPS_GEMM_TRANSPOSED_INL
#else
#define REEL_OPS_GEMM_TRANSPOSED_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// One of several products that are summed: A [k, m] and B [k, n].
template <class T>
struct GemmPair {
  const T *a, *b;
  int64_t k;
};

/// How many pairs are summed at a time.
constexpr size_t kMostGemmPairs = 16;

/// A sum C no larger than this stays in the nearest cache without packing.
constexpr int64_t kDirectBytes = 8 << 10;

/// kCount columns, k deep, of a matrix whose rows lie `stride` apart. Returns the end of what is written.
template <int kCount, class T>
T* pack_columns(const T* from, int64_t stride, int64_t k, T* to) {
  for (int64_t p = 0; p < k; ++p, from += stride, to += kCount) copy_elements<kCount>(from, to);
  return to;
}

/// The whole panels of C [m, n] += sum of A^T B, with the pairs' k adding up to `depth`, no more than kGemmDepth.
template <class T>
class TransposedPanels {
 public:
  TransposedPanels(std::span<const GemmPair<T>> pairs, int64_t depth, int64_t m, int64_t n, T* c)
      : pairs_(pairs), depth_(depth), m_(m), n_(n), c_(c) {}

  /// Some rows of C at a time. If these are not all, the panels of B are kept for the next.
  void run() {
    const int64_t parts = (m_ + kPackedRows<T> - 1) / kPackedRows<T>, panels = n_ / kGemmColumns<T>;
    const int64_t a_elements = PackedRows<T>::elements(depth_), panel_elements = depth_ * kGemmColumns<T>;
    const int64_t panel_step = parts == 1 ? 0 : panel_elements;
    const PackedRows<T> a{packing_space<T>(a_elements + (parts == 1 ? 1 : panels) * panel_elements), depth_};
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t first = m_ * part / parts, rows = m_ * (part + 1) / parts - first;
      const RowBlocks blocks(rows);
      pack_rows(first, blocks, a);
      T* c = c_ + first * n_;
      const Gemm<T> g{rows, n_, depth_, nullptr, 1, 0, nullptr, panel_step, kGemmColumns<T>, c, n_, c, nullptr, 0};
      for (int64_t panel = 0; panel < panels; ++panel) {
        T* b = a.data + a_elements + panel * panel_step;
        if (part == 0) pack_panel(panel * kGemmColumns<T>, b);
        gemm_panel<true>(g, blocks, a, b, panel * kGemmColumns<T>);
      }
    }
  }

 private:
  /// Row after row of A, so that a line is read once: the columns of a block alone fall into few sets of the cache.
  void pack_rows(int64_t first, const RowBlocks& blocks, const PackedRows<T>& to) const {
    const int64_t last = blocks.count() - 1, larger = std::min(blocks.larger(), last), last_size = blocks.size(last);
    int64_t done = 0;
    for (const GemmPair<T>& pair : pairs_) {
      for (int64_t p = 0; p < pair.k; ++p, ++done) {
        const T* row = pair.a + p * m_ + first;
        pack_blocks(row, blocks, 0, larger, to, done);
        pack_blocks(row, blocks, larger, last, to, done);
        std::copy_n(row + blocks.begin(last), last_size, to.block(blocks, last) + done * last_size);
      }
    }
  }

  /// One row of A into blocks of the same size, but not the last, past which nothing may be read. All blocks together
  /// are more than the nearest cache holds, so lines are asked for before they are written.
  void pack_blocks(const T* row, const RowBlocks& blocks, int64_t begin, int64_t end, const PackedRows<T>& to,
                   int64_t done) const {
    const int64_t size = blocks.size(begin), stride = size * depth_ + kCopied;
    const T* from = row + blocks.begin(begin);
    T* next = to.block(blocks, begin) + done * size;
    for (int64_t i = begin; i < end; ++i, from += size, next += stride) {
      __builtin_prefetch(next + kLine<T>, 1);
      copy_elements<kCopied>(from, next);
    }
  }

  void pack_panel(int64_t column, T* to) const {
    for (const GemmPair<T>& pair : pairs_) to = pack_columns<kGemmColumns<T>>(pair.b + column, n_, pair.k, to);
  }

  std::span<const GemmPair<T>> pairs_;
  int64_t depth_, m_, n_;
  T* c_;
};

/// Takes the next `depth` steps along k off the pairs.
template <class T>
class PairSteps {
 public:
  PairSteps(std::span<const GemmPair<T>> pairs, int64_t m, int64_t n) : pairs_(pairs), m_(m), n_(n) {}

  std::span<const GemmPair<T>> take(int64_t depth) {
    size_t count = 0;
    while (depth > 0) {
      const GemmPair<T>& pair = pairs_[at_];
      const int64_t k = std::min(depth, pair.k - done_);
      if (k > 0) taken_[count++] = {pair.a + done_ * m_, pair.b + done_ * n_, k};
      depth -= k;
      done_ += k;
      if (done_ == pair.k) ++at_, done_ = 0;
    }
    return {taken_.data(), count};
  }

 private:
  std::span<const GemmPair<T>> pairs_;
  int64_t m_, n_;
  size_t at_ = 0;
  int64_t done_ = 0;  ///< steps of that pair
  std::array<GemmPair<T>, kMostGemmPairs> taken_;
};

/// The whole panels of C [m, n] += sum of A^T B, some steps along k at a time.
template <class T>
void gemm_transposed_panels(std::span<const GemmPair<T>> pairs, int64_t m, int64_t n, T* c) {
  int64_t total = 0;
  for (const GemmPair<T>& pair : pairs) total += pair.k;
  const int64_t parts = (total + kGemmDepth - 1) / kGemmDepth;
  PairSteps<T> steps(pairs, m, n);
  for (int64_t i = 0; i < parts; ++i) {
    const int64_t depth = total * (i + 1) / parts - total * i / parts;
    TransposedPanels<T>(steps.take(depth), depth, m, n, c).run();
  }
}

/// C [m, n] += sum of A^T B over at most kMostGemmPairs pairs. Packing does not pay while C fits the nearest cache, or
/// has few panels or rows; of the latter it needs as many as are copied at once.
template <class T>
void gemm_transposed(std::span<const GemmPair<T>> pairs, int64_t m, int64_t n, T* c) {
  const bool packs = m >= kCopied && n >= 4 * kGemmColumns<T> && m * n * static_cast<int64_t>(sizeof(T)) > kDirectBytes;
  const int64_t done = packs ? n / kGemmColumns<T> * kGemmColumns<T> : 0;
  if (packs) gemm_transposed_panels(pairs, m, n, c);
  if (done == n) return;
  for (const auto& [a, b, k] : pairs) {
    gemm<T>({m, n - done, k, a, 1, m, b + done, kGemmColumns<T>, n, c + done, n, c + done, nullptr, 0});
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
