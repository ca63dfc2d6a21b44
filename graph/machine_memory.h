// How much memory there is. Linux promises more than that, and ends a process when it uses what was promised, so what
// may be too large is compared before it is asked for.
#pragma once

#include <cstddef>
#include <string_view>

namespace reel {

/// Bytes of memory and swap space of this machine, or what the process's control group may have if that is less, as in
/// a container. Read once.
size_t machine_memory();

/// Throws MemoryError: "not enough memory for f32[5000000, 100000]: 2.0 TB, this machine has 16.7 GB".
[[noreturn]] void refuse_memory(size_t bytes, std::string_view what);

}  // namespace reel
