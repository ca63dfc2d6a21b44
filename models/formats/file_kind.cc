#include "reel/models/formats/file_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <string>

#include "reel/models/formats/bytes.h"

namespace reel {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kHdf5 = kHdf5Kind, kKeras = kKerasKind, kTorch = "a PyTorch file",
                           kPickle = "a Python pickle", kSafetensors = "a safetensors file", kOnnx = "an ONNX model",
                           kTflite = "a TensorFlow Lite model", kGguf = "a GGUF model", kMatlab = "a MATLAB file",
                           kNpy = "a NumPy array (.npy)", kParquet = "a Parquet table",
                           kArrow = "an Arrow or Feather table", kExcel = "an Excel workbook",
                           kOpenDocument = "an OpenDocument file", kOldOffice = "an old Excel or Word file",
                           kSqlite = "an SQLite database", kJpeg = "a JPEG picture", kGif = "a GIF picture",
                           kPdf = "a PDF document", kSvg = "an SVG picture", kHtml = "an HTML page",
                           kGzip = "a gzip stream", kBzip2 = "a bzip2 stream", kXz = "an xz stream",
                           kZstd = "a Zstandard stream", kTar = "a tar archive", kTable = "a table in text";

struct Magic {
  std::string_view kind, bytes;
  size_t offset = 0;
};

constexpr std::array kMagics{
    Magic{kHdf5, "\x89HDF\r\n\x1a\n"},
    Magic{kPngKind, "\x89PNG\r\n\x1a\n"},
    Magic{kNpy, "\x93NUMPY"},
    Magic{kJpeg, "\xff\xd8\xff"},
    Magic{kGif, "GIF8"},
    Magic{kGzip, "\x1f\x8b"},
    Magic{kBzip2, "1AY&SY", 4},
    Magic{kXz,
          "\xfd"
          "7zXZ\0"sv},
    Magic{kZstd, "\x28\xb5\x2f\xfd"},
    Magic{kTar, "ustar", 257},
    Magic{kParquet, "PAR1"},
    Magic{kArrow, "ARROW1"},
    Magic{kArrow, "FEA1"},
    Magic{kSqlite, "SQLite format 3\0"sv},
    Magic{kOldOffice, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
    Magic{kTflite, "TFL3", 4},
    Magic{kGguf, "GGUF"},
    Magic{kMatlab, "MATLAB 5.0 MAT-file"},
    Magic{kTorch, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9"},  // the pickled number that torch.save began with
    Magic{"a program",
          "\x7f"
          "ELF"},
};

/// Of files that are text, at least where they begin.
constexpr std::array kTextMagics{
    Magic{kPdf, "%PDF-"},
    Magic{"a pointer of Git LFS, and not the file itself", "version https://git-lfs."},
};

/// By the name of a ZIP archive's first entry.
constexpr std::array kZipEntries{
    Magic{kKeras, "metadata.json"},       Magic{kKeras, "config.json"},     Magic{kKeras, "model.weights.h5"},
    Magic{kExcel, "[Content_Types].xml"}, Magic{kExcel, "_rels/.rels"},     Magic{kExcel, "xl/"},
    Magic{kExcel, "docProps/"},           Magic{kOpenDocument, "mimetype"},
};

struct Extension {
  std::string_view extension, kind;
};

constexpr std::array kExtensions{
    Extension{".npz", kNpzKind},
    Extension{".npy", kNpy},
    Extension{".h5", kHdf5},
    Extension{".hdf5", kHdf5},
    Extension{".hdf", kHdf5},
    Extension{".he5", kHdf5},
    Extension{".keras", kKeras},
    Extension{".pt", kTorch},
    Extension{".pth", kTorch},
    Extension{".safetensors", kSafetensors},
    Extension{".onnx", kOnnx},
    Extension{".tflite", kTflite},
    Extension{".gguf", kGguf},
    Extension{".pkl", kPickle},
    Extension{".pickle", kPickle},
    Extension{".joblib", kPickle},
    Extension{".mat", kMatlab},
    Extension{".pb", "a TensorFlow graph"},
    Extension{".ckpt", "a checkpoint"},
    Extension{".csv", kTable},
    Extension{".tsv", kTable},
    Extension{".json", kJsonKind},
    Extension{".png", kPngKind},
    Extension{".jpg", kJpeg},
    Extension{".jpeg", kJpeg},
    Extension{".gif", kGif},
    Extension{".svg", kSvg},
    Extension{".pdf", kPdf},
    Extension{".html", kHtml},
    Extension{".xlsx", kExcel},
    Extension{".ods", kOpenDocument},
    Extension{".parquet", kParquet},
    Extension{".zip", kZipKind},
    Extension{".gz", kGzip},
    Extension{".tar", kTar},
    Extension{".dot", kDotKind},
    Extension{".gv", kDotKind},
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// The number of so many bytes at `offset`, the least significant first.
uint64_t little_endian(std::string_view text, size_t offset, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(text[offset + i]);
  return value;
}

std::string_view kind_among(std::span<const Magic> magics, std::string_view text) {
  for (const Magic& magic : magics) {
    if (text.size() >= magic.offset && text.substr(magic.offset).starts_with(magic.bytes)) return magic.kind;
  }
  return {};
}

/// Whether the beginning holds what no text does; a table may well begin with "PAR1".
bool is_binary(std::string_view text) {
  constexpr size_t kSeen = 1024;
  return std::ranges::any_of(text.substr(0, kSeen), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f');
  });
}

std::string_view kind_of_zip(std::string_view text) {
  constexpr size_t kNameLengthAt = 26, kNameAt = 30;
  if (!text.starts_with("PK\3\4") || text.size() < kNameAt) return text.starts_with("PK\5\6") ? kZipKind : ""sv;
  const std::string_view name = text.substr(kNameAt, little_endian(text, kNameLengthAt, 2));
  if (name.ends_with(".npy")) return kNpzKind;
  for (const Magic& entry : kZipEntries) {
    if (name.starts_with(entry.bytes)) return entry.kind;
  }
  for (const std::string_view part : {"/data.pkl", "/.format_version", "/.data/", "/byteorder"}) {
    if (name.find(part) != name.npos) return kTorch;
  }
  return kZipKind;
}

/// A length of 64 bits, and a JSON object of so many bytes.
bool is_safetensors(std::string_view text) {
  constexpr size_t kHeaderAt = 8;
  return text.size() > kHeaderAt && text[kHeaderAt] == '{' &&
         little_endian(text, 0, kHeaderAt) <= text.size() - kHeaderAt;
}

/// A protobuf whose first fields are a small version of the format, and the name of a producer or a graph.
bool is_onnx(std::string_view text) {
  return text.size() > 4 && text[0] == 0x08 && text[1] > 0 && text[1] < 32 && (text[2] == 0x12 || text[2] == 0x3a);
}

/// PROTO, a protocol's number, and from protocol 4 on FRAME or another opcode.
bool is_pickle(std::string_view text) {
  return text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5 && text.ends_with('.');
}

bool is_html(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return false;
  const std::string start = lower(text.substr(begin, 14));
  return start.starts_with("<!doctype html") || start.starts_with("<html");
}

std::string_view kind_of_text(std::string_view text) {
  const std::string_view kind = kind_of_markup(text);
  return kind.empty() ? "text"sv : kind;
}

}  // namespace

std::string_view kind_of_content(std::span<const std::byte> bytes) {
  const std::string_view text = text_of(bytes);
  if (const std::string_view kind = kind_among(kTextMagics, text); !kind.empty()) return kind;
  if (!is_binary(text)) return is_html(text) ? kHtml : ""sv;
  if (const std::string_view kind = kind_among(kMagics, text); !kind.empty()) return kind;
  if (const std::string_view kind = kind_of_zip(text); !kind.empty()) return kind;
  if (is_safetensors(text)) return kSafetensors;
  if (is_pickle(text)) return kPickle;
  return is_onnx(text) ? kOnnx : ""sv;
}

std::string_view kind_of_markup(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n", kXml = "an XML document";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  text = text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
  if (is_html(text)) return kHtml;
  if (text.starts_with("<?xml") || text.starts_with("<!--")) return kXml;
  if (text.starts_with("<svg")) return kSvg;
  // A header may begin with a bracket, but then the last number does not end with one.
  const bool is_json = (text[0] == '{' && text.back() == '}') || (text[0] == '[' && text.back() == ']');
  return is_json && text.size() > 1 ? kJsonKind : ""sv;
}

std::string got_kind(std::span<const std::byte> bytes, std::string_view expected) {
  if (bytes.empty()) return ", got an empty file";
  std::string_view kind = kind_of_content(bytes);
  if (kind.empty() && !is_binary(text_of(bytes))) kind = kind_of_text(text_of(bytes));
  return kind.empty() || kind == expected ? std::string() : fmt::format(", got what looks like {}", kind);
}

std::string_view kind_of_name(std::string_view path) {
  const std::string extension = lower(std::filesystem::path(path).extension().string());
  const auto found = std::ranges::find(kExtensions, std::string_view(extension), &Extension::extension);
  return found == kExtensions.end() ? ""sv : found->kind;
}

std::string misnamed(std::string_view path, std::string_view kind) {
  const std::string_view named = kind_of_name(path);
  if (named.empty() || named == kind) return {};
  return fmt::format("is by its name {}, what is written is {}", named, kind);
}

ModelFile model_file(std::string_view path) {
  const auto ends_with = [&](std::string_view extension) { return path.ends_with(extension); };
  if (ends_with(".weights.h5") || ends_with(".npz") || ends_with(".safetensors")) return ModelFile::weights;
  return ends_with(".keras") || ends_with(".h5") ? ModelFile::whole : ModelFile::none;
}

}  // namespace reel
