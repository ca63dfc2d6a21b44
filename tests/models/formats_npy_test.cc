#include <catch2/catch.hpp>
#include <cstring>

#include "models/array_pickle.h"
#include "models/damaged_file.h"
#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/npz.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::accepted_prefix;
using testing::Bytes;
using testing::harmful_change;
using testing::npy_file;
using testing::npy_with_header;
using testing::TemporaryFolder;
using testing::to_bytes;

bool same(const Tensor& a, const Tensor& b) {
  return a.type() == b.type() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

Tensor read(const std::string& file) { return read_npy(to_bytes(file), "test.npy"); }

/// An array of two elements of type `descr` whose bytes are `data`.
std::vector<int32_t> two_integers(std::string_view descr, std::string_view data) {
  const Tensor tensor = read(npy_file(descr, "(2,)", data));
  return {tensor.data<int32_t>().begin(), tensor.data<int32_t>().end()};
}

using Two = std::vector<int32_t>;

TEST_CASE("NPY files are what NumPy writes", "[formats][npy]") {
  const Tensor tensor = Tensor::of({2, 2}, std::vector<float>{1.5f, -2, 3, 4});
  const std::string file("\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 69);
  const std::string data("\x00\x00\xc0?\x00\x00\x00\xc0\x00\x00@@\x00\x00\x80@", 16);
  const std::string expected = file + std::string(58, ' ') + "\n" + data;
  CHECK(text_of(write_npy(tensor)) == expected);
  CHECK(same(read(expected), tensor));
}

TEST_CASE("Tensors of every type and rank survive an NPY file", "[formats][npy]") {
  for (const DType dtype : {DType::f32, DType::f64, DType::i32}) {
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{5}, Shape{3, 0, 2}, Shape{2, 3}, Shape{1, 2, 3, 1, 2, 2}}) {
      const Tensor tensor = Tensor::uniform(shape, -100, 100, 1, dtype);
      const Bytes file = write_npy(tensor);
      CHECK((file.size() - tensor.bytes()) % 64 == 0);
      CHECK(same(read_npy(file, "test.npy"), tensor));
    }
  }
}

TEST_CASE("NPY integers of every width become i32", "[formats][npy]") {
  CHECK(two_integers("|u1", "\x03\xff") == Two{3, 255});
  CHECK(two_integers("|i1", "\x03\xff") == Two{3, -1});
  CHECK(two_integers("|b1", std::string_view("\x00\x02", 2)) == Two{0, 1});
  CHECK(two_integers("<i2", std::string_view("\x00\x01\xff\xff", 4)) == Two{256, -1});
  CHECK(two_integers("<u2", std::string_view("\x00\x01\xff\xff", 4)) == Two{256, 65535});
  const std::string low = testing::little_endian(5, 8), high = testing::little_endian(0x7fffffff, 8);
  const std::string minimum = testing::little_endian(static_cast<uint64_t>(int64_t{INT32_MIN}), 8);
  CHECK(two_integers("<i8", low + high) == Two{5, INT32_MAX});
  CHECK(two_integers("<i8", minimum + high) == Two{INT32_MIN, INT32_MAX});
  CHECK_THROWS_WITH(two_integers("<i8", low + testing::little_endian(0x80000000, 8)),
                    Contains("element 1 is 2147483648, outside the 32-bit integers"));
  CHECK_THROWS_AS(two_integers("<u4", "\xff\xff\xff\xff\xff\xff\xff\xff"), DataError);
  CHECK_THROWS_AS(two_integers("<u8", minimum + low), DataError);
}

TEST_CASE("NPY files in Fortran order are transposed", "[formats][npy]") {
  // numpy.save of asfortranarray(arange(24).reshape(2, 3, 4)), as bytes.
  const std::string data(
      "\x00\x0c\x04\x10\x08\x14\x01\x0d\x05\x11\x09\x15\x02\x0e\x06\x12\x0a\x16\x03\x0f\x07\x13\x0b\x17", 24);
  const Tensor tensor = read(npy_file("|i1", "(2, 3, 4)", data, true));
  for (int i = 0; i < 24; ++i) CHECK(tensor.at(i) == i);
  CHECK(read(npy_file("|i1", "(3,)", "\x01\x02\x03", true)).at(2) == 3);
  const Tensor floats = read_npy_f32(to_bytes(npy_file("|i1", "(2, 3, 4)", data, true)), "test.npy");
  CHECK(floats.dtype() == DType::f32);
  for (int i = 0; i < 24; ++i) CHECK(floats.at(i) == i);
  CHECK_THROWS_WITH(read_npy_f32(to_bytes(npy_file("<i8", "(1,)", testing::little_endian(0x80000000, 8))), "test.npy"),
                    Contains("outside the 32-bit integers"));
}

TEST_CASE("NPY versions 2.0 and 3.0 and any order of keys are read", "[formats][npy]") {
  const std::string header = "{\"shape\": (2,), 'fortran_order': False, 'descr': '|u1'}   \n";
  for (const int version : {1, 2, 3}) CHECK(read(npy_with_header(header, "\x01\x02", version)).at(1) == 2);
  CHECK(read(npy_file("|u1", "(2L,)", "\x01\x02")).at(1) == 2);  // Python 2's long integers
  CHECK_THROWS_WITH(read(npy_with_header(header, "\x01\x02", 4)), Contains("NPY version 4.0"));
}

TEST_CASE("NPY headers that are not one are refused", "[formats][npy]") {
  for (const char* header : {
           "",
           "{",
           "{}",
           "{'descr': '|u1', 'fortran_order': False}",
           "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': ()}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (), 'more': 1}",
           "{'descr': '|u1', 'fortran_order': 0, 'shape': ()}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (1)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (1,}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (1,,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}",
           "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': ()} + x",
           "{'descr': __import__('os'), 'fortran_order': False, 'shape': ()}",
           "{'descr': '|u1, 'fortran_order': False, 'shape': ()}",
       }) {
    CAPTURE(header);
    CHECK_THROWS_WITH(read(npy_with_header(header, "\x01")), Contains("test.npy: NPY header"));
  }
}

TEST_CASE("NPY files whose size does not fit are refused", "[formats][npy]") {
  CHECK_THROWS_WITH(read(npy_file("<f4", "(2, 3)", "12345678")), Contains("[2, 3] takes 24 bytes, got 8"));
  CHECK_THROWS_WITH(read(npy_file("|u1", "(2,)", "123")), Contains("takes 2 bytes, got 3"));
  CHECK_THROWS_WITH(read(npy_file("<f4", "(4611686018427387904, 4)", "")), Contains("too large"));
  CHECK_THROWS_WITH(read(npy_file("<f8", "(0, 4611686018427387904, 4)", "")), Contains("too large"));
  // 2^48 elements and more, of which no product overflows 64 bits
  CHECK_THROWS_WITH(read(npy_file("|u1", "(16777217, 16777216)", "")),
                    Contains("test.npy: shape [16777217, 16777216] is too large"));
  CHECK_THROWS_WITH(read(npy_file("<f4", "(0, 281474976710657)", "")),
                    Contains("test.npy: shape [0, 281474976710657] is too large"));
  CHECK_THROWS_WITH(read(npy_file("|u1", "(16777216, 16777216)", "")), Contains("takes 281474976710656 bytes, got 0"));
  CHECK_THROWS_WITH(read(npy_file("|u1", "(1, 1, 1, 1, 1, 1, 1)", "1")), Contains("7 axes"));
  CHECK_THROWS_WITH(read(npy_file("<c8", "(1,)", "12345678")), Contains("element type '<c8'"));
  CHECK_THROWS_WITH(read(npy_file(">f4", "(1,)", "1234")), Contains("element type '>f4'"));
  CHECK_THROWS_WITH(read(npy_file("|O", "(1,)", ".")), Contains("Python objects"));
  CHECK_THROWS_WITH(read("nonsense"), Contains("not an NPY file"));
}

TEST_CASE("Truncated and changed NPY files do no harm", "[formats][npy]") {
  const auto read_bytes = [](const Bytes& file) { read_npy(file, "test.npy"); };
  const Bytes file = write_npy(Tensor::randn({2, 3}, 1));
  CHECK(accepted_prefix(file, read_bytes) == "");
  CHECK(harmful_change(file, read_bytes) == "");
}

NamedTensors some_tensors() {
  return {{"w0", Tensor::randn({4, 3}, 1)},
          {"layer/ids", Tensor::of(std::vector<int32_t>{1, -2})},
          {"scalar", Tensor::scalar(2.5, DType::f64)}};
}

TEST_CASE("Named tensors survive an NPZ file", "[formats][npz]") {
  const TemporaryFolder folder;
  const std::string path = folder / "weights.npz";
  const NamedTensors tensors = some_tensors();
  save_npz(path, tensors);
  const NamedTensors back = load_npz(path);
  REQUIRE(back.size() == tensors.size());
  for (size_t i = 0; i < back.size(); ++i) {
    CHECK(back[i].first == tensors[i].first);
    CHECK(same(back[i].second, tensors[i].second));
  }
  CHECK(read_zip(read_file(path), path)[1].name == "layer/ids.npy");
  save_npz(path, {});
  CHECK(load_npz(path).empty());
}

TEST_CASE("Truncated and changed NPZ files do no harm", "[formats][npz]") {
  const auto read_bytes = [](const Bytes& file) { read_npz(file, "test.npz"); };
  const Bytes file = write_npz(some_tensors());
  CHECK(accepted_prefix(file, read_bytes) == "");
  CHECK(harmful_change(file, read_bytes) == "");
}

TEST_CASE("NPZ errors name the archive and the array", "[formats][npz]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(load_npz(folder / "missing.npz"), Contains("missing.npz: cannot open"));
  const std::vector<ZipEntry> text{{"notes.txt", to_bytes("hello")}};
  CHECK_THROWS_WITH(read_npz(write_zip(text), "test.npz"), Contains("test.npz: notes.txt: expected a name"));
  const std::vector<ZipEntry> broken{{"w.npy", to_bytes("hello")}};
  CHECK_THROWS_WITH(read_npz(write_zip(broken), "test.npz"), Contains("test.npz: w.npy: not an NPY file"));
  const Tensor one = Tensor::scalar(1);
  CHECK_THROWS_AS(save_npz(folder / "twice.npz", {{"a", one}, {"a", one}}), ValueError);
  CHECK_THROWS_AS(save_npz(folder / "nameless.npz", {{"", one}}), ValueError);
}

}  // namespace
}  // namespace reel
