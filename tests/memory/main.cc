// Measures the most memory that readers hold at a time, against the bound that their docstrings state: for files that
// say or unpack to more than they can honestly hold, and for sound ones that are near to it. Exits with 1, and a line
// for each case, where one holds more, or reads what it should refuse.
#include <fmt/format.h>
#include <malloc.h>
#include <zip.h>
#include <zlib.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "models/array_pickle.h"
#include "models/damaged_file.h"
#include "models/temporary_folder.h"
#include "reel/models/data/csv.h"
#include "reel/models/data/idx.h"
#include "reel/models/data/imdb.h"
#include "reel/models/data/pickle.h"
#include "reel/models/data/rows.h"
#include "reel/models/data/table.h"
#include "reel/models/data/text.h"
#include "reel/models/files/weights_file.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/gzip.h"
#include "reel/models/formats/memory_budget.h"
#include "reel/models/formats/npy.h"
#include "reel/models/formats/npz.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"
#include "reel/models/training/row_stream.h"
#include "reel/models/zoo/zoo.h"

namespace {
std::atomic<int64_t> held = 0, most = 0;

void* counted(size_t bytes, size_t alignment) {
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  held += static_cast<int64_t>(::malloc_usable_size(memory));
  if (held > most) most = held.load();
  return memory;
}

void freed(void* memory) {
  held -= static_cast<int64_t>(::malloc_usable_size(memory));
  std::free(memory);
}
}  // namespace

void* operator new(size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(size_t bytes, std::align_val_t alignment) { return counted(bytes, static_cast<size_t>(alignment)); }
void operator delete(void* memory) noexcept { freed(memory); }
void operator delete(void* memory, size_t) noexcept { freed(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { freed(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { freed(memory); }

namespace reel {
namespace {

using testing::Bytes;
using testing::to_bytes;

constexpr uint64_t kMiB = 1 << 20;

Bytes gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  Bytes out(deflateBound(&stream, text.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  out.shrink_to_fit();
  return out;
}

/// An archive that is deflated, unlike those that write_zip makes.
void write_deflated(const std::string& path, const std::vector<std::pair<std::string, std::string>>& entries) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  for (const auto& [name, text] : entries) {
    zip_source_t* source = zip_source_buffer(archive, text.data(), text.size(), 0);
    zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  }
  zip_close(archive);
}

uint64_t size_of(const std::string& path) { return std::filesystem::file_size(path); }

std::string repeated(std::string_view text, size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

int failed = 0;

/// Runs `read`, which may hold `bound` bytes more than now, and must throw DataError if it `is_refused`.
void check(const std::string& what, bool is_refused, uint64_t bound, const std::function<void()>& read) {
  const int64_t before = held;
  most = before;
  const std::string complaint = testing::complaint(read);
  const auto taken = static_cast<uint64_t>(most - before);
  const bool is_right = is_refused ? !complaint.empty() && !complaint.starts_with("not a") : complaint.empty();
  const bool is_within = taken <= bound;
  failed += !is_right || !is_within;
  fmt::print("{}{}: {:.1f} MiB, at most {:.1f}; {}\n", is_right && is_within ? "" : "FAILED ", what,
             static_cast<double>(taken) / kMiB, static_cast<double>(bound) / kMiB,
             complaint.empty() ? "read" : complaint.substr(0, 150));
}

void check_packed() {
  const Bytes bomb = gzipped(std::string(300 * kMiB, '0'));
  const uint64_t bound = memory_bound(bomb.size());
  check("a gzip bomb", true, 2 * bound, [&] { gunzip(bomb, "bomb.gz"); });
  // As sparse as data may be: 60,000 black pictures.
  std::string pictures("\0\0\x08\x03\0\0\xea\x60\0\0\0\x1c\0\0\0\x1c", 16);
  pictures.resize(16 + 60000 * 784);
  const Bytes black = gzipped(pictures);
  check("black pictures", false, 2 * memory_bound(black.size()), [&] { gunzip(black, "black.gz"); });
  check("an IDX file", false, 4 * pictures.size() + kMiB, [&] { read_idx(std::as_bytes(std::span(pictures)), "idx"); });

  const testing::TemporaryFolder folder;
  const std::string npz = folder / "bomb.npz";
  std::vector<std::pair<std::string, std::string>> entries;
  for (const char* name : {"a.npy", "b.npy", "c.npy", "d.npy"}) {
    entries.emplace_back(name, testing::npy_file("|u1", fmt::format("({},)", 40 * kMiB), std::string(40 * kMiB, '0')));
  }
  write_deflated(npz, entries);
  check("an NPZ bomb", true, 3 * memory_bound(size_of(npz)), [&] { load_npz(npz); });
}

void check_arrays() {
  const uint64_t count = 4 * kMiB;
  const std::string shape = fmt::format("({}, 2)", count / 2), data(count, '\1');
  const Bytes rows = to_bytes(testing::npy_file("|u1", shape, data));
  const Bytes columns = to_bytes(testing::npy_file("|u1", shape, data, true));
  check("an NPY file of bytes", false, 4 * rows.size() + kMiB, [&] { read_npy(rows, "npy"); });
  check("the same in Fortran order", false, 4 * rows.size() + kMiB, [&] { read_npy(columns, "npy"); });
  const Bytes claim = to_bytes(testing::npy_file("<f8", "(1099511627776,)", "12345678"));
  check("an NPY file of a false size", true, kMiB, [&] { read_npy(claim, "npy"); });
  const std::string table = repeated("1\n", kMiB);
  check("a table", false, 4 * table.size() + 24 * kMiB, [&] { read_csv(table, "table.csv"); });
  std::string indexed = ",a\n";
  for (int i = 0; i < 300'000; ++i) indexed += fmt::format("{},1\n", 300'000 - i);
  check("the same by columns", false, memory_bound(table.size()), [&] { read_table(table, "table.csv"); });
  check("a table with what may be an index", true, 4 * indexed.size() + 24 * kMiB,
        [&] { read_csv(indexed, "table.csv"); });
}

/// Rows from packed files: bombs, and sound files that are as sparse as can be.
void check_packed_rows() {
  const testing::TemporaryFolder folder;
  const auto check_rows = [&](const std::string& name, bool is_refused, const std::string& text) {
    const std::string path = folder / name;
    testing::write_text(path, std::string(text_of(gzipped(text))));
    check(name, is_refused, 4 * memory_bound(size_of(path)), [&] { load_rows(path); });
  };
  constexpr size_t kBomb = 60 * kMiB, kFits = 45 * kMiB;
  for (const size_t size : {kBomb, kFits}) {
    check_rows(fmt::format("commas, {} MiB.csv.gz", size / kMiB), true, std::string(size, ','));
    check_rows(fmt::format("one line, {} MiB.csv.gz", size / kMiB), true, repeated("1,", size / 2));
    check_rows(fmt::format("one digit a line, {} MiB.csv.gz", size / kMiB), size == kBomb, repeated("1\n", size / 2));
    check_rows(fmt::format("one long number, {} MiB.tsv.gz", size / kMiB), true,
               "1,5;1\n0," + std::string(size - 16, '0') + ";1");
    const std::string shape = fmt::format("({}, 2)", size / 2);
    check_rows(fmt::format("columns, {} MiB.npy.gz", size / kMiB), size == kBomb,
               testing::npy_file("|i1", shape, std::string(size, '\1'), true));
    std::string idx = {0, 0, 9, 1};
    for (const int shift : {24, 16, 8, 0}) idx += static_cast<char>(size >> shift & 0xff);
    check_rows(fmt::format("bytes, {} MiB.idx.gz", size / kMiB), size == kBomb, idx + std::string(size, '\1'));
  }
  const std::string wide = repeated("1,", (1 << 20) - 1) + "1\n";
  check_rows("wide lines.csv.gz", false, repeated(wide, kFits / wide.size()));
  std::string pictures("\0\0\x08\x03\0\0\xea\x60\0\0\0\x1c\0\0\0\x1c", 16);
  pictures.resize(16 + 60000 * 784);
  check_rows("black pictures.gz", false, pictures);
  std::string rows = "a,b,c\n";
  for (int i = 0; i < 1'000'000; ++i) rows += fmt::format("{},{},{}\n", i % 997, i % 2, 0.5 * (i % 9));
  check_rows("a million rows.csv.gz", false, rows);
  check_rows("a million equal rows.csv.gz", false, "a,b,c\n" + repeated("0,0,0\n", 1'000'000));
}

void check_pickles() {
  const std::string brackets = testing::array_pickle(1, std::string(2 * kMiB, ']'));
  check("pickled brackets", true, memory_bound(brackets.size()),
        [&] { read_int_lists_pickle(std::as_bytes(std::span(brackets)), "pickle"); });
  // A list of 100,000 that is an element 2,000 times
  const std::string again = testing::array_pickle(
      2000, testing::list_pickle(std::vector<int32_t>(100'000, 1)) + "q\x08" + repeated("h\x08", 1999));
  check("a list many times", true, memory_bound(again.size()),
        [&] { read_int_lists_pickle(std::as_bytes(std::span(again)), "pickle"); });
  const testing::TemporaryFolder folder;
  const std::string path = folder / "imdb.npz";
  const std::string npy = testing::npy_file("|O", "(1,)", testing::array_pickle(1, std::string(48 * kMiB, ']')));
  write_deflated(path, {{"x_train.npy", npy}});
  check("brackets in an imdb.npz", true, 3 * memory_bound(size_of(path)), [&] { imdb::read_npz(path); });
}

void check_words() {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "words.json";
  testing::write_text(path, R"({"a": 16777216})");
  check("a word of a huge rank", true, kMiB, [&] { reverse_word_index(imdb::read_word_index(path)); });
  for (const char* element : {"[],", "1,", "{},", "\"\","}) {
    testing::write_text(path, R"({"a": [)" + repeated(element, kMiB) + "1]}");
    check(fmt::format("JSON of many {}", element), true, memory_bound(size_of(path)),
          [&] { imdb::read_word_index(path); });
  }
  std::string words = "{";
  for (int i = 1; i < 100'000; ++i) words += fmt::format("\"{}\":{},", i, i);
  testing::write_text(path, words + "\"last\":100000}");
  check("a word index", false, memory_bound(size_of(path)), [&] { reverse_word_index(imdb::read_word_index(path)); });
}

/// What a note says of a model's size is not believed, in tools/saved_model.cc, beyond this.
void check_models() {
  const ZooModel* zoo = find_zoo_model("autoencoder");
  ZooConfig config = zoo->config();
  config.most_parameters = 100;
  config.take({{"features", 4'194'304}, {"encoding_size", 64}});
  check("a model of more than its file's weights", true, kMiB, [&] {
    try {
      zoo->build(config);
    } catch (const ValueError& error) {
      throw DataError(error.what());
    }
  });
}

/// The most that `fit` holds for so many rows that are made one by one.
uint64_t held_for_stream(int64_t count) {
  const int64_t before = held;
  most = before;
  Sequential model({Input({4}), Dense(8, {.activation = relu}), Dense(1)}, {.seed = 1});
  model.compile({.loss = "mse", .optimizer = "sgd"});
  int64_t next = 0;
  GeneratedRows stream({.x = {{DType::f32, {rows, 4}}}, .y = {{DType::f32, {rows, 1}}}}, [&](std::span<Tensor> row) {
    for (float& value : row[0].data<float>()) value = static_cast<float>(next * 2654435761 % 1000) / 1000;
    row[1].data<float>()[0] = row[0].data<float>()[0];
    return next++ < count;
  });
  model.fit(stream, {.batch_size = 512, .verbose = Verbose::silent});
  return static_cast<uint64_t>(most - before);
}

/// Memory does not grow with the length of a stream.
void check_streams() {
  held_for_stream(1000);  // what a first run keeps
  const uint64_t few = held_for_stream(10'000), many = held_for_stream(1'500'000);
  constexpr uint64_t kSlack = 1 << 16;
  failed += many > few + kSlack;
  fmt::print("{}a stream of 1,500,000 rows: {:.3f} MiB; of 10,000: {:.3f}\n", many > few + kSlack ? "FAILED " : "",
             static_cast<double>(many) / kMiB, static_cast<double>(few) / kMiB);
}

}  // namespace
}  // namespace reel

int main() {
  reel::check_streams();
  reel::check_packed();
  reel::check_arrays();
  reel::check_packed_rows();
  reel::check_pickles();
  reel::check_words();
  reel::check_models();
  return reel::failed > 0 ? 1 : 0;
}
