// Nested: what stands for an array in C++ as nested lists do in Python, vectors of vectors or arrays or spans.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <type_traits>
#include <vector>

#include "reel/graph/shape.h"

namespace reel {

template <class T>
concept Character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

/// Integers that a tensor does not hold as they are, but as i32; truth is 1 or 0.
template <class T>
concept OtherInteger = std::integral<T> && !Element<T> && !Character<T>;

/// What a tensor can be made of.
template <class T>
concept ElementSource = Element<T> || OtherInteger<T>;

template <class T>
struct NestedElement {};
template <ElementSource T>
struct NestedElement<T> {
  using type = T;
};
template <std::ranges::input_range R>
requires(!std::same_as<std::ranges::range_value_t<R>, R>) struct NestedElement<R>
    : NestedElement<std::ranges::range_value_t<R>> {
};

/// An element of braces with numbers of several types.
struct AnyNumber {
  template <ElementSource T>
  AnyNumber(T number) : value(static_cast<double>(number)), dtype(DType::i32) {
    if constexpr (Element<T>) dtype = dtype_of<T>;
  }
  double value;
  DType dtype;
};

template <>
struct NestedElement<AnyNumber> {
  using type = AnyNumber;
};

/// A range of elements, or of such ranges, which are of one length.
template <class R>
concept Nested = std::ranges::sized_range<const R> && requires {
  typename NestedElement<std::remove_cvref_t<R>>::type;
};

/// Throws ShapeError for a part of `count`, at this depth, after so many elements, where those before have other
/// extents.
[[noreturn]] void refuse_ragged(size_t depth, size_t before, std::span<const int64_t> extents, int64_t count);

/// Row by row, the elements of nested ranges and their extents.
template <class T>
struct Flattened {
  std::array<int64_t, Shape::kMaxRank> extents{};
  size_t axes = 0;
  std::vector<T> elements;

  template <size_t depth = 0, Nested R>
  void take(const R& nested) {
    static_assert(depth < Shape::kMaxRank, "ranges are nested deeper than a tensor has axes");
    const auto count = static_cast<int64_t>(std::ranges::size(nested));
    if (axes == depth) extents[axes++] = count;
    if (extents[depth] != count) refuse_ragged(depth, elements.size(), {extents.data(), axes}, count);
    for (auto&& part : nested) {
      if constexpr (Nested<std::remove_cvref_t<decltype(part)>>)
        take<depth + 1>(part);
      else
        elements.push_back(static_cast<T>(part));
    }
  }
  Shape shape() const { return Shape(std::span(extents).first(axes)); }
};

}  // namespace reel
