// Element types: float32 for everything that trains, float64 for checking it, int32 for ids.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>

namespace reel {

enum class DType : uint8_t { f32, f64, i32 };

constexpr size_t size_of(DType type) { return type == DType::f64 ? 8 : 4; }

constexpr std::string_view to_string(DType type) {
  return type == DType::f32 ? "f32" : type == DType::f64 ? "f64" : "i32";
}

std::ostream& operator<<(std::ostream& out, DType type);  ///< "f32"

/// The C++ types that elements have.
template <class T>
concept Element = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, int32_t>;

template <Element T>
inline constexpr DType dtype_of = DType::f32;
template <>
inline constexpr DType dtype_of<double> = DType::f64;
template <>
inline constexpr DType dtype_of<int32_t> = DType::i32;

}  // namespace reel
