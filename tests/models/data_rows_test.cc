#include "reel/models/data/rows.h"

#include <zlib.h>

#include <catch2/catch.hpp>

#include "models/array_pickle.h"
#include "models/damaged_file.h"
#include "models/temporary_folder.h"
#include "reel/models/data/idx.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::Bytes;
using testing::npy_file;
using testing::TemporaryFolder;
using testing::to_bytes;
using testing::write_text;
using Values = std::vector<double>;
using namespace std::string_literals;

Values values(const Tensor& tensor) {
  Values out;
  for (int64_t i = 0; i < tensor.size(); ++i) out.push_back(tensor.at(i));
  return out;
}

Tensor idx(const std::string& file) { return read_idx(to_bytes(file), "test.idx"); }

void write_gzip(const std::string& path, const std::string& text) {
  const gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(file);
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

/// Two pictures of 1 x 2.
const std::string kPictures = "\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02\x00\xff\x33\x01"s;

TEST_CASE("IDX files of every element type are read", "[data][idx]") {
  const Tensor pictures = idx(kPictures);
  CHECK(pictures.type() == Type{DType::i32, {2, 1, 2}});
  CHECK(values(pictures) == Values{0, 255, 51, 1});
  CHECK(idx_holds_bytes(to_bytes(kPictures)));
  CHECK(values(idx("\0\0\x09\x01\0\0\0\x02\x01\xff"s)) == Values{1, -1});
  CHECK(values(idx("\0\0\x0b\x01\0\0\0\x02\x01\x02\xff\xfe"s)) == Values{258, -2});
  CHECK(values(idx("\0\0\x0c\x01\0\0\0\x01\x01\x02\x03\x04"s)) == Values{0x01020304});
  CHECK(values(idx("\0\0\x0d\x01\0\0\0\x01\xc0\x20\0\0"s)) == Values{-2.5});
  CHECK(idx("\0\0\x08\x02\0\0\0\0\0\0\0\x05"s).shape() == Shape{0, 5});
  const Tensor doubles = idx("\0\0\x0e\x01\0\0\0\x01\xc0\x04\0\0\0\0\0\0"s);
  CHECK(doubles.dtype() == DType::f64);
  CHECK(values(doubles) == Values{-2.5});
}

TEST_CASE("Damaged IDX files are refused", "[data][idx]") {
  CHECK(testing::accepted_prefix(to_bytes(kPictures), [](const Bytes& file) { read_idx(file, "test.idx"); }) == "");
  CHECK(testing::harmful_change(to_bytes(kPictures), [](const Bytes& file) { read_idx(file, "test.idx"); }) == "");
  CHECK_THROWS_WITH(idx(kPictures + "x"), Contains("test.idx: shape [2, 1, 2] takes 4 bytes, got 5"));
  CHECK_THROWS_WITH(idx("\0\0\x0a\x01\0\0\0\0"s), Contains("not an IDX file"));
  CHECK_THROWS_WITH(idx("\0\0\x08\x07"s + std::string(28, '\1')), Contains("7 axes"));
  CHECK_THROWS_WITH(idx("\0\0\x08\x03"s + std::string(12, '\xff')), Contains("too large"));
  CHECK_THROWS_WITH(idx("\0\0\x08\x04\0\0\0\0"s + std::string(12, '\xff')), Contains("too large"));
  // 2^25 times 2^24: more than a tensor has, without an overflow.
  CHECK_THROWS_WITH(idx("\0\0\x08\x02\2\0\0\0\1\0\0\0"s),
                    Contains("test.idx: shape [33554432, 16777216] is too large"));
}

TEST_CASE("load_idx reads plain and gzipped files", "[data][idx]") {
  const TemporaryFolder folder;
  write_text(folder / "plain", kPictures);
  write_gzip(folder / "packed.gz", kPictures);
  CHECK(values(load_idx(folder / "plain")) == Values{0, 255, 51, 1});
  CHECK(values(load_idx(folder / "packed.gz")) == Values{0, 255, 51, 1});
  CHECK_THROWS_AS(load_idx(folder / "missing"), DataError);
}

TEST_CASE("load_rows reads rows from every kind of file", "[data][rows]") {
  const TemporaryFolder folder;
  const auto rows_of = [&](const std::string& name, const std::string& text) {
    write_text(folder / name, text);
    return load_rows(folder / name);
  };
  const Tensor pictures = rows_of("pictures.idx3", kPictures);
  CHECK(pictures.type() == Type{DType::f32, {2, 2}});
  CHECK(values(pictures) == Values{0, 1, 51 / 255.0f, 1 / 255.0f});
  write_gzip(folder / "pictures.gz", kPictures);
  CHECK(values(load_rows(folder / "pictures.gz")) == values(pictures));

  CHECK(values(rows_of("labels.idx1", "\0\0\x08\x01\0\0\0\x02\x05\xff"s)) == Values{5, 255});  // labels: not scaled
  CHECK(load_rows(folder / "labels.idx1").shape() == Shape{2, 1});
  CHECK(values(rows_of("a.csv", "x,y\n1,2\n3,4\n")) == Values{1, 2, 3, 4});
  CHECK(values(rows_of("a.tsv", "1\t2\n3\t4\n")) == Values{1, 2, 3, 4});
  CHECK(values(rows_of("A.CSV", "1,2\n3,4\n")) == Values{1, 2, 3, 4});
  for (const char* name : {"a.csv.gz", "a.tsv.gz", "a.TSV.GZ"}) {
    write_gzip(folder / name, "1\t2\n3\t4\n");
    CHECK(values(load_rows(folder / name)) == Values{1, 2, 3, 4});
  }
  std::string said;
  write_text(folder / "pandas.csv", "0,1\n5,6\n");
  CHECK(values(load_rows(folder / "pandas.csv", [&](const std::string& line) { said += line; })) == Values{5, 6});
  CHECK_THAT(said, Contains("pandas.csv: line 1 counts columns from 0"));

  CHECK(rows_of("a.npy", npy_file("<i2", "(2, 1, 2)", "\1\1\2\2\3\3\4\4")).shape() == Shape{2, 2});
  CHECK(load_rows(folder / "a.npy").dtype() == DType::f32);
  CHECK(values(rows_of("u.npy", npy_file("|u1", "(1, 1, 2)", "\x33\xff"))) == Values{51 / 255.0f, 1});
  CHECK(values(rows_of("v.npy", npy_file("|u1", "(1, 2)", "\x33\xff"))) == Values{51, 255});
}

TEST_CASE("load_rows says why a file holds no rows", "[data][rows]") {
  const TemporaryFolder folder;
  const auto load = [&](const std::string& name, const std::string& text) {
    write_text(folder / name, text);
    return load_rows(folder / name);
  };
  CHECK_THROWS_WITH(load_rows(folder / "missing.csv"), Contains("cannot open"));
  CHECK_THROWS_WITH(load("a.txt", "1,2\n"),
                    Contains("a.txt: expected an .npy, .csv, .tsv or IDX file, got what looks like text"));
  CHECK_THROWS_WITH(load("empty.npy", ""), Contains("expected an .npy, .csv, .tsv or IDX file, got an empty file"));
  const std::string book = std::string(text_of(write_zip(std::vector<ZipEntry>{{"[Content_Types].xml", {}}})));
  CHECK_THROWS_WITH(load("a.xlsx", book),
                    Contains("expected an .npy, .csv, .tsv or IDX file, got what looks like an Excel workbook"));
  CHECK_THROWS_WITH(load("a.csv", book),
                    Contains("a.csv: expected a table in text, got what looks like an Excel workbook"));
  CHECK_THROWS_WITH(load("scalar.npy", npy_file("|u1", "()", "1")), Contains("got a single number"));
  const std::string infinity = testing::little_endian(0x7ff0000000000000, 8), huge = "\xff\xff\xff\xff\xff\xff\xef\x7f";
  CHECK_THROWS_WITH(load("inf.npy", npy_file("<f8", "(1,)", infinity)), Contains("not finite"));
  CHECK_THROWS_WITH(load("huge.npy", npy_file("<f8", "(1,)", huge)), Contains("not finite"));
}

}  // namespace
}  // namespace reel
