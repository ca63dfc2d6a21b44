#include "reel/graph/finite.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace reel {

template <class T>
int64_t find_beyond(const std::byte* data, int64_t count, T most) {
  constexpr int64_t kRun = 1024;  // looked at at once, in vectors
  const T* values = reinterpret_cast<const T*>(data);
  for (int64_t begin = 0; begin < count; begin += kRun) {
    const T *first = values + begin, *last = values + std::min(begin + kRun, count);
    int bad = 0;
    for (const T* value = first; value < last; ++value) bad |= std::abs(*value) <= most ? 0 : 1;
    if (bad == 0) continue;
    return std::find_if(first, last, [most](T value) { return !(std::abs(value) <= most); }) - values;
  }
  return -1;
}

template int64_t find_beyond<float>(const std::byte*, int64_t, float);
template int64_t find_beyond<double>(const std::byte*, int64_t, double);

int64_t find_nonfinite(const std::byte* data, DType dtype, int64_t count) {
  if (dtype == DType::f32) return find_beyond(data, count, std::numeric_limits<float>::max());
  return dtype == DType::f64 ? find_beyond(data, count, std::numeric_limits<double>::max()) : -1;
}

double value_at(const std::byte* data, DType dtype, int64_t index) {
  return dtype == DType::f32 ? reinterpret_cast<const float*>(data)[index]
                             : reinterpret_cast<const double*>(data)[index];
}

}  // namespace reel
