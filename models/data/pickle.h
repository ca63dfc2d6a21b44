// Reads lists of integers from the pickles inside NumPy's object arrays, without ever running what a pickle asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace reel {

class MemoryBudget;

using IntLists = std::vector<std::vector<int32_t>>;

/// The lists in the pickle (protocols 2 to 5) of a one-axis NumPy object array whose elements are lists of integers, as
/// `numpy.save` writes it. A pickle is a program; of its instructions only those that build such an array are known,
/// and of the names it may call only NumPy's array and element type. `source` names the file in messages. Throws
/// DataError with the byte offset for any other instruction or name, a damaged or truncated pickle, bytes after its
/// end, an integer outside 32 bits, lists that together have over 2^28 elements, or what takes more memory than
/// `memory_bound` of the pickle's size.
IntLists read_int_lists_pickle(std::span<const std::byte> pickle, std::string_view source);

/// The same for a whole .npy file of element type "|O"; its header must state the array's length.
IntLists read_int_lists_npy(std::span<const std::byte> file, std::string_view source);

/// The same, its memory counted in the budget of the file that it is a part of.
IntLists read_int_lists_npy(std::span<const std::byte> file, std::string_view source, MemoryBudget& budget);

}  // namespace reel
