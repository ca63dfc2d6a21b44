// NPY files put together by hand, among them ones that NumPy would not write.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reel::testing {

inline std::string little_endian(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

/// An NPY file whose header is `dictionary`.
inline std::string npy_with_header(std::string_view dictionary, std::string_view data, int version = 1) {
  std::string out = "\x93NUMPY";
  out += static_cast<char>(version);
  out += '\0';
  out += little_endian(dictionary.size(), version == 1 ? 2 : 4);
  return out.append(dictionary).append(data);
}

inline std::string npy_file(std::string_view descr, std::string_view shape, std::string_view data,
                            bool fortran_order = false) {
  return npy_with_header(fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}\n", descr,
                                     fortran_order ? "True" : "False", shape),
                         data);
}

/// A pickled object array of `count` elements; `elements` are the instructions that push them.
inline std::string array_pickle(uint16_t count, std::string_view elements) {
  using namespace std::string_literals;
  return "\x80\x03"s + "cnumpy.core.multiarray\n_reconstruct\nq\0cnumpy\nndarray\nq\x01K\0\x85q\x02"s + "C\x01"s +
         "bq\x03\x87q\x04Rq\x05(K\x01M"s + little_endian(count, 2) + "\x85q\x06"s +
         "cnumpy\ndtype\nq\x07X\x02\0\0\0O8K\0K\x01\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xff"s +
         "J\xff\xff\xff\xffK?tb\x89](" + std::string(elements) + "etb.";
}

/// Instructions that push a list of the integers.
inline std::string list_pickle(const std::vector<int32_t>& list) {
  std::string out = "](";
  for (const int32_t value : list) out += "J" + little_endian(static_cast<uint32_t>(value), 4);
  return out + "e";
}

inline std::string lists_npy(const std::vector<std::vector<int32_t>>& lists) {
  std::string elements;
  for (const auto& list : lists) elements += list_pickle(list);
  return npy_file("|O", fmt::format("({},)", lists.size()),
                  array_pickle(static_cast<uint16_t>(lists.size()), elements));
}

}  // namespace reel::testing
