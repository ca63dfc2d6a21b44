// Products of kernels and windows of images, which convolutions are made of.
#pragma once

#include "reel/ops/windows.h"

namespace reel {

/// Images [rows, height, width, channels] by a kernel [size..., channels, filters] -> [rows, down, across, filters].
Var convolved(Var images, Var kernel, const WindowAxes& axes);
/// Windows of images, each channel's elements along an axis: [rows, down, across, size, channels].
Var windows_by_channel(Var images, const WindowAxes& axes);

}  // namespace reel
