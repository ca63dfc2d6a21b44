#include "reel/models/formats/zip.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <unordered_set>

#include "reel/graph/error.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/memory_budget.h"

namespace reel {
namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Discard>;
using File = std::unique_ptr<zip_file_t, Discard>;

/// An error code of libzip with its text.
class ZipStatus {
 public:
  ZipStatus() { zip_error_init(&error_); }
  ~ZipStatus() { zip_error_fini(&error_); }
  ZipStatus(const ZipStatus&) = delete;
  ZipStatus& operator=(const ZipStatus&) = delete;

  zip_error_t* get() { return &error_; }
  int code() const { return zip_error_code_zip(&error_); }
  const char* text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

/// Null, and why in `status`, for what is no archive.
Archive open_buffer(std::span<const std::byte> bytes, zip_flags_t flags, ZipStatus& status) {
  Source buffer(zip_source_buffer_create(bytes.data(), bytes.size(), 0, status.get()));
  if (!buffer) return nullptr;
  Archive archive(zip_open_from_source(buffer.get(), static_cast<int>(ZIP_RDONLY | flags), status.get()));
  if (archive) buffer.release();  // the archive owns it now
  return archive;
}

/// The first name that an entry has which comes after another of that name, or "".
std::string name_given_twice(std::span<const std::byte> bytes) {
  ZipStatus ignored;
  const Archive archive = open_buffer(bytes, 0, ignored);
  const zip_int64_t count = archive ? zip_get_num_entries(archive.get(), 0) : 0;
  std::unordered_set<std::string> names;
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive.get(), static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr && !names.insert(name).second) return name;
  }
  return {};
}

Archive open_archive(std::span<const std::byte> bytes, std::string_view source) {
  // libzip takes an empty buffer for a new archive.
  if (bytes.empty()) throw DataError(fmt::format("{}: expected a ZIP archive, got an empty file", source));
  ZipStatus status;
  Archive archive = open_buffer(bytes, ZIP_CHECKCONS, status);
  if (archive) return archive;
  if (status.code() == ZIP_ER_EXISTS) {
    throw DataError(fmt::format("{}: {}: appears twice", source, excerpt(name_given_twice(bytes))));
  }
  const std::string other = text_of(bytes).starts_with("PK") ? std::string() : got_kind(bytes);
  if (!other.empty()) throw DataError(fmt::format("{}: expected a ZIP archive{}", source, other));
  throw DataError(fmt::format("{}: not a ZIP archive, cut short or damaged: {}", source, status.text()));
}

/// Unpacks one entry. The buffer grows with what arrives, so a false size costs no memory.
std::vector<std::byte> unpack(zip_t* archive, uint64_t index, uint64_t size, const std::string& what) {
  constexpr uint64_t kStep = uint64_t{16} << 20;
  File file(zip_fopen_index(archive, index, 0));
  if (!file) throw DataError(fmt::format("{}: cannot unpack: {}", what, zip_strerror(archive)));
  std::vector<std::byte> bytes;
  while (bytes.size() < size) {
    const size_t used = bytes.size();
    const uint64_t room = std::min(size, used + std::max<uint64_t>(kStep, used));
    bytes.reserve(room);  // of itself a vector would take more
    bytes.resize(room);
    const zip_int64_t count = zip_fread(file.get(), bytes.data() + used, bytes.size() - used);
    if (count < 0) throw DataError(fmt::format("{}: damaged: {}", what, zip_file_strerror(file.get())));
    if (count == 0) throw DataError(fmt::format("{}: expected {} bytes, got {}", what, size, used));
    bytes.resize(used + static_cast<size_t>(count));
  }
  // Only the read that meets the end makes libzip compare the checksum.
  std::array<char, 1> rest;
  const zip_int64_t count = zip_fread(file.get(), rest.data(), rest.size());
  if (count < 0) throw DataError(fmt::format("{}: damaged: {}", what, zip_file_strerror(file.get())));
  if (count > 0) throw DataError(fmt::format("{}: unpacks to more than the {} bytes it declares", what, size));
  return bytes;
}

void check_write(bool ok, zip_t* archive) {
  if (!ok) throw DataError(fmt::format("zip: cannot write the archive: {}", zip_strerror(archive)));
}

/// The format keeps a name's length in 16 bits, and libzip takes it up to its first NUL.
void check_name(const std::string& name) {
  constexpr size_t kMost = 65535, kShown = 40;
  if (name.size() > kMost) {
    throw ValueError(
        fmt::format("zip: a name can have {} bytes, got {}, of '{}'", kMost, name.size(), excerpt(name, kShown)));
  }
  if (const size_t end = name.find('\0'); end != name.npos) {
    throw ValueError(fmt::format("zip: a name cannot have a NUL, got one after '{}'", excerpt(name.substr(0, end))));
  }
}

void check_names(std::span<const ZipEntry> entries) {
  std::unordered_set<std::string_view> names;
  for (const ZipEntry& entry : entries) {
    if (entry.name.empty()) throw ValueError("zip: an entry needs a name");
    check_name(entry.name);
    if (!names.insert(entry.name).second) {
      throw ValueError(fmt::format("zip: two entries named '{}'", excerpt(entry.name)));
    }
  }
}

void add_stored(zip_t* archive, const ZipEntry& entry) {
  constexpr zip_uint16_t kMidnight = 0, kFirstOf1980 = 1 << 5 | 1;  // the first date the format can hold
  Source source(zip_source_buffer(archive, entry.bytes.data(), entry.bytes.size(), 0));
  check_write(source != nullptr, archive);
  const zip_int64_t index = zip_file_add(archive, entry.name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  check_write(index >= 0, archive);
  source.release();
  const auto i = static_cast<zip_uint64_t>(index);
  check_write(zip_set_file_compression(archive, i, ZIP_CM_STORE, 0) == 0, archive);
  check_write(zip_file_set_dostime(archive, i, kMidnight, kFirstOf1980, 0) == 0, archive);
}

std::vector<std::byte> contents(zip_source_t* source) {
  zip_stat_t stat;
  if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0) {
    throw DataError("zip: cannot read back the archive");
  }
  std::vector<std::byte> bytes(stat.size);
  const zip_int64_t count = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (count != static_cast<zip_int64_t>(bytes.size())) throw DataError("zip: cannot read back the archive");
  return bytes;
}

/// The end record alone: libzip deletes an archive without entries instead of writing it.
std::vector<std::byte> empty_archive() {
  std::vector<std::byte> bytes(22);
  constexpr std::string_view kSignature = "PK\x05\x06";
  for (size_t i = 0; i < kSignature.size(); ++i) bytes[i] = static_cast<std::byte>(kSignature[i]);
  return bytes;
}

}  // namespace

std::vector<ZipEntry> read_zip(std::span<const std::byte> archive, std::string_view source, const ZipLimits& limits) {
  const Archive zip = open_archive(archive, source);
  const auto count = static_cast<uint64_t>(std::max<zip_int64_t>(zip_get_num_entries(zip.get(), 0), 0));
  if (count > limits.entries) {
    throw DataError(fmt::format("{}: {} entries, over the limit of {}", source, count, limits.entries));
  }
  std::vector<ZipEntry> entries;
  std::unordered_set<std::string> names;
  const uint64_t most = limits.total.value_or(unpacked_bound(archive.size()));
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE;
    if (zip_stat_index(zip.get(), i, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded) {
      throw DataError(fmt::format("{}: entry {} is damaged: {}", source, i, zip_strerror(zip.get())));
    }
    const std::string name = stat.name, what = fmt::format("{}: {}", source, excerpt(name));
    if (name.empty()) throw DataError(fmt::format("{}: entry {} has no name", source, i));
    if (!names.insert(name).second) throw DataError(fmt::format("{}: appears twice", what));
    if (name.back() == '/') continue;
    if (stat.size > limits.entry) {
      throw DataError(fmt::format("{}: unpacks to {} bytes, over the limit of {}", what, stat.size, limits.entry));
    }
    // Of all, for entries may share their packed bytes.
    if (stat.size > most - total) {
      throw DataError(
          fmt::format("{}: unpacks to over {} bytes, as a ZIP bomb of {} bytes does", source, most, archive.size()));
    }
    total += stat.size;
    entries.push_back({name, unpack(zip.get(), i, stat.size, what)});
  }
  return entries;
}

std::vector<std::byte> write_zip(std::span<const ZipEntry> entries) {
  check_names(entries);
  if (entries.empty()) return empty_archive();
  ZipStatus status;
  Source source(zip_source_buffer_create(nullptr, 0, 0, status.get()));
  if (!source) throw DataError(fmt::format("zip: cannot start an archive: {}", status.text()));
  Archive archive(zip_open_from_source(source.get(), ZIP_CREATE | ZIP_TRUNCATE, status.get()));
  if (!archive) throw DataError(fmt::format("zip: cannot start an archive: {}", status.text()));
  zip_source_keep(source.get());  // closing the archive drops its own claim on the buffer that is read back below
  for (const ZipEntry& entry : entries) add_stored(archive.get(), entry);
  check_write(zip_close(archive.get()) == 0, archive.get());
  archive.release();
  return contents(source.get());
}

ZipEntry* find_entry(std::span<ZipEntry> entries, std::string_view name) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const ZipEntry& e) { return e.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace reel
