// What files of other programs are taken for.
#include "reel/models/formats/file_kind.h"

#include <catch2/catch.hpp>
#include <string>

#include "models/damaged_file.h"
#include "reel/models/files/weights_file.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

using namespace std::string_literals;
using Catch::Contains;
using testing::to_bytes;

std::string kind(const std::string& text) { return std::string(kind_of_content(bytes_of(text))); }

std::string kind_of_zip_of(const std::string& name) {
  const ZipEntry entries[] = {{name, to_bytes("x")}};
  return std::string(kind_of_content(write_zip(entries)));
}

TEST_CASE("files are told by their first bytes", "[formats][kind]") {
  CHECK(kind("\x89HDF\r\n\x1a\n\0\0"s) == "an HDF5 file");
  CHECK(kind("\x89PNG\r\n\x1a\n..."s) == "a PNG picture");
  CHECK(kind("\x93NUMPY\x01\x00"s) == "a NumPy array (.npy)");
  CHECK(kind("\x1f\x8b\x08\x00"s) == "a gzip stream");
  CHECK(kind("\x10\0\0\0\0\0\0\0{\"a\": \"bcdefgh\"}"s) == "a safetensors file");
  CHECK(kind("\x80\x04\x95\x05\0\0\0\0\0\0\0K\x01."s) == "a Python pickle");
  CHECK(kind("\x80\x02K\x01."s) == "a Python pickle");
  CHECK(kind("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s) == "a PyTorch file");
  CHECK(kind("\x08\x07\x12\x07pytorch"s) == "an ONNX model");
  CHECK(kind("PAR1\x15\x04"s) == "a Parquet table");
  CHECK(kind(std::string(257, '\0') + "ustar\00000"s) == "a tar archive");
  CHECK(kind(" \r\n<!DOCTYPE html><html>") == "an HTML page");
  CHECK(kind("version https://git-lfs.github.com/spec/v1\noid") == "a pointer of Git LFS, and not the file itself");
  for (const auto& text : {""s, "1,2\n3,4\n"s, "a,b\n"s, "plain text"s, "\0\0\x08\x03"s, "{\"a\": 1}"s, "PK"s, "BZ"s}) {
    CAPTURE(text);
    CHECK(kind(text) == "");
  }
}

TEST_CASE("ZIP archives are told by their first entry", "[formats][kind]") {
  CHECK(kind_of_zip_of("metadata.json") == "a Keras model (.keras)");
  CHECK(kind_of_zip_of("archive/data.pkl") == "a PyTorch file");
  CHECK(kind_of_zip_of("[Content_Types].xml") == "an Excel workbook");
  CHECK(kind_of_zip_of("x_train.npy") == "a NumPy archive (.npz)");
  CHECK(kind_of_zip_of("xl/kernel.npy") == "a NumPy archive (.npz)");  // a layer may be called xl
  CHECK(kind_of_zip_of("config.json.npy") == "a NumPy archive (.npz)");
  CHECK(kind_of_zip_of("readme.txt") == "a ZIP archive");
  CHECK(kind("PK\5\6"s + std::string(18, '\0')) == "a ZIP archive");
}

TEST_CASE("files are told by their names", "[formats][kind]") {
  CHECK(kind_of_name("m.weights.h5") == "an HDF5 file");
  CHECK(kind_of_name("folder.npz/m.KERAS") == "a Keras model (.keras)");
  CHECK(kind_of_name("w.npz") == "a NumPy archive (.npz)");
  for (const char* name : {"", "weights", "w.dat", ".npz", "/dev/null", "m.keras/w", "epoch.10"}) {
    CAPTURE(name);
    CHECK(kind_of_name(name) == "");
  }
}

TEST_CASE("every byte may be missing", "[formats][kind]") {
  const std::string zip = "PK\3\4"s + std::string(22, '\0') + "\xff\xff\0\0name"s;
  for (size_t size = 0; size <= zip.size(); ++size) kind(zip.substr(0, size));
  CHECK(kind(zip) == "a ZIP archive");
}

TEST_CASE("readers say what they got", "[formats][kind]") {
  CHECK_THROWS_WITH(read_zip(to_bytes("\x89HDF\r\n\x1a\n"), "m.h5"),
                    "m.h5: expected a ZIP archive, got what looks like an HDF5 file");
  CHECK_THROWS_WITH(read_npy(to_bytes("\x1f\x8b\x08"), "a.npy"),
                    "a.npy: not an NPY file, got what looks like a gzip stream");
  CHECK_THROWS_WITH(read_npy({}, "a.npy"), "a.npy: not an NPY file, got an empty file");
}

}  // namespace
}  // namespace reel
