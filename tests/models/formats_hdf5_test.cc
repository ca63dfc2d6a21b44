// HDF5 files, read without libhdf5, held to what libhdf5 reads; and what is no sound file.
#include <zlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "models/damaged_file.h"
#include "models/hdf5_reference.h"
#include "models/temporary_folder.h"
#include "reel/models/formats/hdf5.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::Bytes;

Bytes from_base64(const std::string& text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Bytes out;
  uint32_t bits = 0;
  int held = 0;
  for (const char digit : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<uint32_t>(kDigits.find(digit));
    if ((held += 6) < 8) continue;
    held -= 8;
    out.push_back(static_cast<std::byte>(bits >> held & 255));
  }
  return out;
}

/// A file that h5py has written, of tests/fuzz/seeds/make_hdf5.py.
Bytes made_by_h5py(const std::string& name) {
  static const nlohmann::json all =
      nlohmann::json::parse(testing::read_text(REEL_SOURCE_DIR "/tests/fuzz/seeds/hdf5_files.json"));
  const Bytes packed = from_base64(all.at("hdf5/" + name).get<std::string>());
  Bytes out(1 << 20);
  uLongf size = out.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(packed.data()),
                     packed.size()) == Z_OK);
  out.resize(size);
  return out;
}

Hdf5Group read(const Bytes& file) { return read_hdf5(file, "m.h5"); }

TEST_CASE("HDF5 files of h5py are read as libhdf5 reads them", "[formats][hdf5]") {
  for (const char* name : {"sound", "empty", "packed", "fixed_text", "long_list", "chunks", "linked", "compact"}) {
    INFO(name);
    const Bytes file = made_by_h5py(name);
    testing::require_same(read(file), testing::libhdf5_reads(file));
  }
  // libhdf5 1.10 does not read what later ones write so.
  testing::require_same(read(made_by_h5py("latest")), testing::libhdf5_reads(made_by_h5py("sound")));
  const Hdf5Group chunks = read(made_by_h5py("chunks"));
  CHECK(chunks.find_dataset("edges")->at(69) == 69);
  CHECK(chunks.find_dataset("missing")->at(0) == 2.5);
  CHECK(chunks.find_dataset("missing")->at(16) == 1);
  CHECK(chunks.find_dataset("unwritten")->at(2) == -7);
}

TEST_CASE("HDF5 files with many links, deep groups and long texts are read as libhdf5 reads them", "[formats][hdf5]") {
  Hdf5Group group;
  for (int i = 0; i < 700; ++i) group.datasets.emplace("weight " + std::to_string(i), Tensor::randn({3, 2}, 1));
  group.make("a/b/c/d/e").texts["text"] = std::string(100'000, 'x');
  for (int i = 0; i < 40; ++i) group.texts["attribute " + std::to_string(i)] = std::to_string(i);
  group.lists["names"] = std::vector<std::string>(9000, "name");
  group.lists["none"] = {};
  group.datasets.emplace("nothing", Tensor(DType::f32, {0, 4}));
  const Bytes file = write_hdf5(group);
  testing::require_same(read(file), testing::libhdf5_reads(file));
  CHECK(read(file).list("names").size() == 9000);
}

TEST_CASE("HDF5 files of Keras in $REEL_ORACLE are read as libhdf5 reads them", "[formats][hdf5]") {
  const char* folder = std::getenv("REEL_ORACLE");
  if (folder == nullptr || !std::filesystem::is_directory(folder)) {
    WARN("skipped: $REEL_ORACLE names no folder");
    return;
  }
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(folder) / "files")) {
    const std::string path = entry.path().string();
    INFO(path);
    Bytes file = read_file(path);
    if (path.ends_with(".keras")) {
      std::vector<ZipEntry> entries = read_zip(file, path);
      file = find_entry(entries, "model.weights.h5")->bytes;
    } else if (!path.ends_with(".h5")) {
      continue;
    }
    testing::require_same(read(file), testing::libhdf5_reads(file));
    ++count;
  }
  CHECK(count > 100);
}

TEST_CASE("HDF5 files that reach elsewhere, or hold what is no number, are refused in words", "[formats][hdf5]") {
  const auto says = [](const char* name, const char* what) {
    INFO(name);
    CHECK_THAT(testing::complaint([&] { read(made_by_h5py(name)); }), Contains("m.h5") && Contains(what));
  };
  says("soft_link", "m.h5: a: is a link to another place or file");
  says("latest_soft", "m.h5: a: is a link to another place or file");
  says("external_link", "m.h5: a: is a link to another place or file");
  says("external_data", "has its data in other files");
  says("virtual", "a: is a virtual dataset");
  says("lzf", "is packed by filter 32000, expected gzip, shuffle or checksums");
  says("bomb", "bytes of memory");
  says("many_axes", "9 axes");
  says("large_integer", "a: element 0 is outside the 32-bit integers");
  says("unsigned", "element 0 is outside");
  says("text", "a: has elements that are no numbers");
  says("compound", "no numbers");
  says("quadruple", "no numbers");
  says("opaque", "no numbers");
  says("type", "neither a group nor a dataset");
  says("cycle", "groups deep");
  says("latest_chunks", "in chunks as libver=\"latest\"");
  says("latest_links", "keeps its links in a heap");
  says("latest_attributes", "keeps its attributes in a heap");
}

TEST_CASE("damaged HDF5 files are refused, whatever the damage", "[formats][hdf5]") {
  for (const char* name : {"sound", "chunks", "linked", "latest"}) {
    INFO(name);
    const Bytes file = made_by_h5py(name);
    CHECK(testing::accepted_prefix(file, read) == "");
    CHECK(testing::harmful_change(file, read) == "");
  }
  CHECK_THAT(testing::complaint([] { read(testing::to_bytes("text")); }), Contains("m.h5: expected an HDF5 file"));
  CHECK_THAT(testing::complaint([] { read({}); }), Contains("expected an HDF5 file"));
  Bytes cut = made_by_h5py("sound");
  cut.pop_back();
  CHECK_THAT(testing::complaint([&] { read(cut); }), Contains("cut short"));
}

TEST_CASE("an HDF5 file out of an archive has the memory of the archive", "[formats][hdf5]") {
  Hdf5Group group;
  group.datasets.emplace("zeros", Tensor::zeros({20, 1 << 20}));  // 80 MiB, which a kilobyte of archive may hold
  const Bytes file = write_hdf5(group);
  CHECK(read(file).datasets.size() == 1);
  CHECK_THAT(testing::complaint([&] { read_hdf5(file, "m.h5", 1024); }),
             Contains("bytes of memory for its 1024 bytes"));
}

TEST_CASE("a chunk of an HDF5 file whose checksum differs is refused", "[formats][hdf5]") {
  Bytes file = made_by_h5py("chunks");
  const double value = 4;  // in "summed" alone
  const auto* bits = reinterpret_cast<const std::byte*>(&value);
  const auto found = std::search(file.begin(), file.end(), bits, bits + sizeof value);
  REQUIRE(found != file.end());
  found[2] ^= std::byte{1};
  CHECK_THAT(testing::complaint([&] { read(file); }), Contains("summed: has a chunk of checksum"));
}

}  // namespace
}  // namespace reel
