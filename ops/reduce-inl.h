// Sums and maxima. What is long is cut into blocks, whose results are joined by a binary tree: no more than kChain
// numbers are added one after another, so the error grows with the logarithm of their count. A block of contiguous
// elements goes to sixteen partial sums, element i to sum i mod 16, which are then folded in halves. All of this
// depends on extents alone: the same bits for every vector width. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <cstdint>

#include "reel/ops/kernel_flags.h"

#if defined(REEL_OPS_REDUCE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_REDUCE_INL
#undef REEL_OPS_REDUCE_INL
#else
#define REEL_OPS_REDUCE_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

struct SumStep {
  template <class V>
  static HWY_INLINE V vector(V a, V b) {
    return hn::Add(a, b);
  }
  template <class T>
  static T scalar(T a, T b) {
    return a + b;
  }
};

/// A NaN in either operand stays.
struct MaxStep {
  template <class V>
  static HWY_INLINE V vector(V a, V b) {
    if constexpr (!hwy::IsFloat<hn::TFromV<V>>())
      return hn::Max(a, b);
    else
      return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
  }
  template <class T>
  static T scalar(T a, T b) {
    return a > b || a != a ? a : b;
  }
};

struct MinStep {
  template <class V>
  static HWY_INLINE V vector(V a, V b) {
    if constexpr (!hwy::IsFloat<hn::TFromV<V>>())
      return hn::Min(a, b);
    else
      return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
  }
  template <class T>
  static T scalar(T a, T b) {
    return a < b || a != a ? a : b;
  }
};

/// y[i] = step(y[i], x[i])
template <class Step, class T>
HWY_INLINE void step_into(const T* x, T* y, int64_t count) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  HWY_UNROLL(4)
  for (; i + lanes <= count; i += lanes) hn::StoreU(Step::vector(hn::LoadU(d, y + i), hn::LoadU(d, x + i)), d, y + i);
  for (; i < count; ++i) y[i] = Step::scalar(y[i], x[i]);
}

/// y[i] += x[i], floats to doubles
HWY_INLINE void add_into(const float* x, double* y, int64_t count) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  HWY_UNROLL(4)
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, y + i), hn::PromoteTo(d, hn::LoadU(narrow, x + i))), d, y + i);
  }
  for (; i < count; ++i) y[i] += static_cast<double>(x[i]);
}
template <class T>
HWY_INLINE void add_into(const T* x, T* y, int64_t count) {
  step_into<SumStep>(x, y, count);
}

/// The lanes of v into one, folded in halves.
template <class Step, class D>
HWY_INLINE hn::TFromD<D> fold_lanes([[maybe_unused]] D d, hn::Vec<D> v) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    return fold_lanes<Step>(half, Step::vector(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
#endif
  return hn::GetLane(v);
}

/// The most numbers that are added one after another. 32 equal floats come to at most 5.1e-7 of their sum too much or
/// too little.
constexpr int64_t kChain = 32;
/// Partial sums of a block of contiguous elements.
constexpr int64_t kParts = 16;

/// All of x [count], 0 < count <= kParts kChain, into one.
template <class Step, class T>
HWY_INLINE T reduce_block(const T* x, int64_t count) {
  if (count < kParts) {
    T all = x[0];
    for (int64_t i = 1; i < count; ++i) all = Step::scalar(all, x[i]);
    return all;
  }
  const hn::CappedTag<T, kParts> d;
  constexpr int64_t kLanes = hn::MaxLanes(d), kVectors = kParts / kLanes;
  hn::Vec<decltype(d)> part[kVectors];
  for (int64_t v = 0; v < kVectors; ++v) part[v] = hn::LoadU(d, x + v * kLanes);
  int64_t i = kParts;
  for (; i + kParts <= count; i += kParts) {
    for (int64_t v = 0; v < kVectors; ++v) part[v] = Step::vector(part[v], hn::LoadU(d, x + i + v * kLanes));
  }
  for (int64_t v = 0; i < count; ++v, i += kLanes) {
    const auto taken = hn::FirstN(d, static_cast<size_t>(std::min(kLanes, count - i)));
    part[v] = hn::IfThenElse(taken, Step::vector(part[v], hn::MaskedLoad(taken, d, x + i)), part[v]);
  }
  for (int64_t half = kVectors / 2; half > 0; half /= 2) {
    for (int64_t v = 0; v < half; ++v) part[v] = Step::vector(part[v], part[v + half]);
  }
  return fold_lanes<Step>(d, part[0]);
}

/// Joins what blocks come to, vectors of `width` at most kWidth elements, as they come: neighbours, then neighbours of
/// those, an odd one out going up as it is. At most one vector of each level waits.
template <class Step, class T, int64_t kWidth>
class BlockTree {
 public:
  explicit BlockTree(int64_t width) : width_(width) {}

  /// Where the next block's vector goes; then `join`.
  T* next() { return waiting_[depth_]; }
  void join() {
    ++depth_;
    for (int64_t pairs = ++blocks_; pairs % 2 == 0; pairs /= 2) join_last();
  }
  /// What all have come to, if there were any.
  const T* all() {
    while (depth_ > 1) join_last();
    return waiting_[0];
  }

 private:
  static constexpr int kLevels = 40;  // of more blocks than memory holds

  void join_last() {
    --depth_;
    step_into<Step>(waiting_[depth_], waiting_[depth_ - 1], width_);
  }

  int64_t width_, blocks_ = 0;
  int depth_ = 0;
  HWY_ALIGN T waiting_[kLevels][kWidth];
};

/// All of x [count], count > 0, into one.
template <class Step, class T>
HWY_INLINE T reduce_run(const T* x, int64_t count) {
  constexpr int64_t kBlock = kParts * kChain;
  if (count <= kBlock) return reduce_block<Step>(x, count);
  BlockTree<Step, T, 1> tree(1);
  for (int64_t i = 0; i < count; i += kBlock) {
    *tree.next() = reduce_block<Step>(x + i, std::min(kBlock, count - i));
    tree.join();
  }
  return *tree.all();
}

/// x [n, width], rows `apart` elements apart, n > 0 -> y [width], row after row
template <class Step, class T>
HWY_INLINE void reduce_chain(const T* x, T* y, int64_t n, int64_t width, int64_t apart) {
  std::copy_n(x, width, y);
  for (int64_t i = 1; i < n; ++i) step_into<Step>(x + i * apart, y, width);
}

/// x [n, inner] -> y [inner], n > 0; of more than a chain, some columns at a time.
template <class Step, class T>
void reduce_rows(const T* x, T* y, int64_t n, int64_t inner) {
  if (n <= kChain) return reduce_chain<Step>(x, y, n, inner, inner);
  constexpr int64_t kColumns = 128;
  for (int64_t column = 0; column < inner; column += kColumns) {
    const int64_t width = std::min(kColumns, inner - column);
    BlockTree<Step, T, kColumns> tree(width);
    for (int64_t i = 0; i < n; i += kChain) {
      reduce_chain<Step>(x + i * inner + column, tree.next(), std::min(kChain, n - i), width, inner);
      tree.join();
    }
    std::copy_n(tree.all(), width, y + column);
  }
}

/// x [outer, n, inner] -> y [outer, inner]
template <class Step, class T>
void reduce_axis(const T* x, T* y, int64_t outer, int64_t n, int64_t inner) {
  for (int64_t o = 0; o < outer; ++o, x += n * inner, y += inner) {
    if (inner == 1) {
      *y = reduce_run<Step>(x, n);
    } else {
      reduce_rows<Step>(x, y, n, inner);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
