// A TrainingState as a file: a .safetensors, so that other programs can look at its tensors, whose texts tell the rest,
// and a SHA-256 of all of it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "reel/models/training/training_state.h"

namespace reel {

/// The same state gives the same bytes.
std::vector<std::byte> write_checkpoint(const TrainingState& state);

/// Throws DataError, with `source`, for bytes that are no checkpoint, or not all of one, or changed: each bit counts.
/// Takes the memory of `read_safetensors`.
TrainingState read_checkpoint(std::span<const std::byte> file, std::string_view source);
/// The same of bytes whose sum nobody has looked at.
TrainingState parse_checkpoint(std::span<const std::byte> file, std::string_view source);

}  // namespace reel
