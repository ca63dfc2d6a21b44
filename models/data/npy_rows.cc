#include "reel/models/data/npy_rows.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "reel/graph/error.h"

namespace reel {
namespace {

constexpr size_t kMostOfHeader = 1 << 20;

/// As many bytes as there are, up to the size.
size_t read_at(const Descriptor& file, const std::string& path, size_t offset, std::span<std::byte> to) {
  size_t used = 0;
  while (used < to.size()) {
    const ssize_t count = ::pread(file.get(), to.data() + used, to.size() - used, static_cast<off_t>(offset + used));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_file_error(path, "read", errno);
    if (count == 0) break;
    used += static_cast<size_t>(count);
  }
  return used;
}

size_t size_of_file(const Descriptor& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_file_error(path, "read", errno);
  if (!S_ISREG(status.st_mode)) throw DataError(fmt::format("{}: expected a file, got a folder or a device", path));
  return static_cast<size_t>(status.st_size);
}

DType dtype_of_rows(const std::string& descr, const std::string& path) {
  if (descr == "<f4") return DType::f32;
  if (descr == "<f8") return DType::f64;
  if (descr == "<i4" || descr == "|u1") return DType::i32;
  throw DataError(fmt::format("{}: expected elements of <f4, <f8, <i4 or |u1 to read by the row, got {}", path, descr));
}

}  // namespace

NpyRows::NpyRows(const std::string& path)
    : path_(path), file_(std::make_shared<const Descriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK))) {
  if (file_->get() < 0) throw_file_error(path, "open", errno);
  const size_t size = size_of_file(*file_, path);
  std::vector<std::byte> begin(std::min(size, kMostOfHeader));
  begin.resize(read_at(*file_, path, 0, begin));
  const NpyHeader header = read_npy_header(begin, path);
  if (header.shape.empty() || header.shape.size() > Shape::kMaxRank || header.shape[0] < 1 || header.fortran_order) {
    throw DataError(fmt::format("{}: expected an array of rows in C order, got one of {} axes{}", path,
                                header.shape.size(), header.fortran_order ? " in Fortran order" : ""));
  }
  type_.dtype = dtype_of_rows(header.descr, path);
  is_of_bytes_ = header.descr == "|u1";
  offset_ = header.data_offset;
  const size_t element = is_of_bytes_ ? 1 : size_of(type_.dtype);
  size_t elements = 1;
  for (const int64_t extent : header.shape) {
    if (extent < 0 || __builtin_mul_overflow(elements, static_cast<size_t>(extent), &elements) ||
        elements > static_cast<size_t>(Shape::kMaxSize)) {
      throw DataError(fmt::format("{}: an array of more elements than a tensor has", path));
    }
  }
  if (size - offset_ != elements * element) {
    throw DataError(
        fmt::format("{}: expected {} bytes behind the header, got {}", path, elements * element, size - offset_));
  }
  type_.shape = Shape(header.shape);
  row_bytes_ = elements / static_cast<size_t>(header.shape[0]) * element;
}

void NpyRows::read(std::span<const int64_t> numbers, Tensor& to) const {
  check_read(type_, numbers, to);
  std::vector<std::byte> bytes(is_of_bytes_ ? row_bytes_ : 0);
  std::byte* next = to.raw();
  for (const int64_t row : numbers) {
    const std::span<std::byte> into = is_of_bytes_ ? std::span(bytes) : std::span(next, row_bytes_);
    if (read_at(*file_, path_, offset_ + static_cast<size_t>(row) * row_bytes_, into) < row_bytes_) {
      throw DataError(fmt::format("{}: has become shorter: row {} is not there any more", path_, row));
    }
    for (size_t i = 0; i < bytes.size(); ++i) reinterpret_cast<int32_t*>(next)[i] = std::to_integer<int32_t>(bytes[i]);
    next += is_of_bytes_ ? bytes.size() * sizeof(int32_t) : row_bytes_;
  }
}

}  // namespace reel
