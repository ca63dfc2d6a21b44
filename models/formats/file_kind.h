// What files are, told by their first bytes and by their names: for messages about a file that is none of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace reel {

/// What a file is that begins with `bytes`, as "an HDF5 file": formats of weights, tables, pictures and archives, and
/// pages and pointers that stand in for a file after a download. A ZIP archive is told by its first entry. "" where
/// the bytes tell nothing, as of text.
std::string_view kind_of_content(std::span<const std::byte> bytes);

/// What text is that is marked up as JSON (also one object a line), XML or HTML; "" for other text.
std::string_view kind_of_markup(std::string_view text);

/// ", got what looks like an HDF5 file", or text, for a message that says what was expected; "" where the bytes tell
/// nothing, or what they were expected to.
std::string got_kind(std::span<const std::byte> bytes, std::string_view expected = {});

/// What the extension of `path` says the file is, in the same words: "an HDF5 file" for m.weights.h5. "" where it has
/// none, or one that says nothing.
std::string_view kind_of_name(std::string_view path);

/// Why a file of `kind` is not to be called `path`: "is by its name an HDF5 file, what is written is a NumPy archive
/// (.npz)". "" where the name says nothing else.
std::string misnamed(std::string_view path, std::string_view kind);

/// What of a model goes to a file of this extension: all of it, to .keras and .h5; its weights, to .weights.h5, .npz
/// and .safetensors; nothing to others.
enum class ModelFile : uint8_t { none, whole, weights };
ModelFile model_file(std::string_view path);

inline constexpr std::string_view kNpzKind = "a NumPy archive (.npz)";
inline constexpr std::string_view kHdf5Kind = "an HDF5 file";
inline constexpr std::string_view kKerasKind = "a Keras model (.keras)";
inline constexpr std::string_view kZipKind = "a ZIP archive";
inline constexpr std::string_view kPngKind = "a PNG picture";
inline constexpr std::string_view kJsonKind = "a JSON file";
inline constexpr std::string_view kDotKind = "a graph for Graphviz (.dot)";

}  // namespace reel
