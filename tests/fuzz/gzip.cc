// Reads: models/formats/gzip.cc
#include "reel/models/formats/gzip.h"

#include <zlib.h>

#include "fuzz.h"

namespace reel::fuzz {
namespace {

std::vector<std::byte> packed(std::span<const std::byte> bytes) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::vector<std::byte> out(deflateBound(&stream, bytes.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib did not pack");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

void read(std::span<const std::byte> input) {
  const std::vector<std::byte> bytes = gunzip(input, "input");
  require(is_gzip(input), "unpacked what does not begin as gzip");
  require(must([&] { return gunzip(packed(bytes), "packed again"); }) == bytes, "other bytes after packing again");
}

}  // namespace reel::fuzz
