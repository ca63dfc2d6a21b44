#include "reel/models/formats/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/formats/memory_budget.h"

namespace reel {
namespace {

/// A zlib stream reading gzip members.
class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw Error("gzip: zlib could not start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream* operator->() { return &stream_; }
  int run() { return inflate(&stream_, Z_NO_FLUSH); }
  void restart() { inflateReset(&stream_); }

 private:
  z_stream stream_{};
};

}  // namespace

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::vector<std::byte> gunzip(std::span<const std::byte> bytes, std::string_view source, uint64_t limit) {
  constexpr size_t kMaxPiece = size_t{1} << 30;  // zlib counts in 32 bits
  Inflater inflater;
  std::vector<std::byte> out;
  size_t read = 0, used = 0;
  while (true) {
    // One byte beyond the limit tells that there is more.
    if (used == out.size()) {
      const size_t room = std::min(std::max<size_t>({2 * used, 4 * bytes.size(), 1 << 12}), limit + 1);
      out.reserve(room);  // of itself a vector would take more
      out.resize(room);
    }
    const auto available = static_cast<uInt>(std::min(bytes.size() - read, kMaxPiece));
    const auto room = static_cast<uInt>(std::min(out.size() - used, kMaxPiece));
    inflater->next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data() + read));
    inflater->avail_in = available;
    inflater->next_out = reinterpret_cast<Bytef*>(out.data() + used);
    inflater->avail_out = room;
    const int status = inflater.run();
    read += available - inflater->avail_in;
    used += room - inflater->avail_out;
    if (used > limit) {
      throw DataError(fmt::format("{}: unpacks to over {} bytes, as a bomb of {} bytes does; gunzip it if it is sound",
                                  source, limit, bytes.size()));
    }
    if (status == Z_STREAM_END) {
      while (read < bytes.size() && bytes[read] == std::byte{0}) ++read;  // as tapes and blocks are filled up
      if (read == bytes.size()) break;
      if (!is_gzip(bytes.subspan(read))) {
        throw DataError(fmt::format("{}: what follows the gzip stream, from byte {} on, is no gzip", source, read));
      }
      inflater.restart();
    } else if (status == Z_BUF_ERROR || (status == Z_OK && read == bytes.size() && inflater->avail_out > 0)) {
      throw DataError(fmt::format("{}: the gzip stream is cut short", source));
    } else if (status != Z_OK) {
      throw DataError(fmt::format("{}: the gzip stream is damaged at byte {}", source, read));
    }
  }
  out.resize(used);
  out.shrink_to_fit();
  return out;
}

std::vector<std::byte> gunzip(std::span<const std::byte> bytes, std::string_view source) {
  return gunzip(bytes, source, unpacked_bound(bytes.size()));
}

}  // namespace reel
