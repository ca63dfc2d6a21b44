#include "reel/models/layers/convolved.h"

#include "reel/ops/ops.h"

namespace reel {

Var convolved(Var images, Var kernel, const WindowAxes& axes) {
  const int64_t filters = kernel.shape().back();
  const Var matrix = reshape(kernel, {kernel.shape().size() / filters, filters});
  if (axes == WindowAxes{}) return matmul(images, matrix);  // windows of 1 x 1
  const Var all = windows(images, axes);
  const Shape& w = all.shape();
  return matmul(reshape(all, {w[0], w[1], w[2], w[3] * w[4] * w[5]}), matrix);
}

Var windows_by_channel(Var images, const WindowAxes& axes) {
  if (axes == WindowAxes{}) return reshape(images, images.shape().with_inserted(3, 1));  // windows of 1 x 1
  const Var all = windows(images, axes);
  const Shape& w = all.shape();
  return reshape(all, {w[0], w[1], w[2], w[3] * w[4], w[5]});
}

}  // namespace reel
