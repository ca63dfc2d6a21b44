#include "reel/models/data/pickle.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "models/array_pickle.h"
#include "models/damaged_file.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::accepted_prefix;
using testing::array_pickle;
using testing::Bytes;
using testing::complaint;
using testing::from_hex;
using testing::harmful_change;
using testing::list_pickle;
using testing::npy_file;
using testing::to_bytes;
using namespace std::string_literals;

/// [[1, 2, 300], [], [70000, -5], [7]] by pickle.dumps of NumPy 2.4, by protocol.
struct Written {
  int protocol;
  const char* hex;
};
constexpr Written kWritten[] = {
    {2,
     "8002636e756d70792e5f636f72652e6d756c746961727261790a5f7265636f6e7374727563740a7100636e756d70790a6e646172"
     "7261790a71014b00857102635f636f646563730a656e636f64650a7103580100000062710458060000006c6174696e3171058671"
     "06527107877108527109284b014b0485710a636e756d70790a64747970650a710b58020000004f38710c898887710d52710e284b"
     "0358010000007c710f4e4e4e4affffffff4affffffff4b3f74711062895d7111285d7112284b014b024d2c01655d71135d711428"
     "4a701101004afbffffff655d71154b076165747116622e"},
    {3,
     "8003636e756d70792e5f636f72652e6d756c746961727261790a5f7265636f6e7374727563740a7100636e756d70790a6e646172"
     "7261790a71014b008571024301627103877104527105284b014b04857106636e756d70790a64747970650a710758020000004f38"
     "7108898887710952710a284b0358010000007c710b4e4e4e4affffffff4affffffff4b3f74710c62895d710d285d710e284b014b"
     "024d2c01655d710f5d7110284a701101004afbffffff655d71114b076165747112622e"},
    {4,
     "800495aa000000000000008c166e756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493"
     "948c056e756d7079948c076e6461727261799493944b0085944301629487945294284b014b04859468038c056474797065949394"
     "8c024f3894898887945294284b038c017c944e4e4e4affffffff4affffffff4b3f749462895d94285d94284b014b024d2c01655d"
     "945d94284a701101004afbffffff655d944b0761657494622e"},
    {5,
     "800595aa000000000000008c166e756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493"
     "948c056e756d7079948c076e6461727261799493944b0085944301629487945294284b014b04859468038c056474797065949394"
     "8c024f3894898887945294284b038c017c944e4e4e4affffffff4affffffff4b3f749462895d94285d94284b014b024d2c01655d"
     "945d94284a701101004afbffffff655d944b0761657494622e"},
};
const IntLists kLists{{1, 2, 300}, {}, {70000, -5}, {7}};

IntLists read(const std::string& pickle) { return read_int_lists_pickle(to_bytes(pickle), "test"); }

/// What is wrong with an array of one element pushed by `element`.
std::string wrong(const std::string& element) {
  return complaint([&] { read(array_pickle(1, element)); });
}

TEST_CASE("Pickles of protocols 2 to 5 are read", "[data][pickle]") {
  for (const Written& written : kWritten) {
    CAPTURE(written.protocol);
    CHECK(read_int_lists_pickle(from_hex(written.hex), "test") == kLists);
  }
  CHECK(read(array_pickle(0, "")).empty());
  CHECK(read_int_lists_npy(to_bytes(testing::lists_npy(kLists)), "test") == kLists);
}

TEST_CASE("Long lists come in batches", "[data][pickle]") {
  // A pickler closes a batch after 1,000 elements, and appends a last single one without a mark.
  std::vector<int32_t> expected(2001);
  std::iota(expected.begin(), expected.end(), -1000);
  std::string element = "]";
  for (size_t begin : {0, 1000}) {
    element += list_pickle({expected.begin() + static_cast<ptrdiff_t>(begin),
                            expected.begin() + static_cast<ptrdiff_t>(begin) + 1000})
                   .substr(1);
  }
  element += "M" + testing::little_endian(1000, 2) + "a";
  CHECK(read(array_pickle(1, element)) == IntLists{expected});
}

TEST_CASE("A list that is an element twice is read twice", "[data][pickle]") {
  CHECK(read(array_pickle(2,
                          "](K\x05K\x06"
                          "eq\x08h\x08")) == IntLists{{5, 6}, {5, 6}});
}

TEST_CASE("Integers of every spelling are read, and must fit", "[data][pickle]") {
  CHECK(read(array_pickle(1, "](K\xffM\xff\xffJ\xff\xff\xff\xff\x8a\x01\xfe\x8a\x05\xff\xff\xff\x7f\0\x8a\0e"s)) ==
        IntLists{{255, 65535, -1, -2, INT32_MAX, 0}});
  CHECK_THAT(wrong("](\x8a\x05\x00\x00\x00\x80\x00"
                   "e"s),
             Contains("2147483648 is outside 32 bits"));
  CHECK_THAT(wrong("](\x8a\x09"
                   "123456789e"),
             Contains("an integer of 9 bytes"));
}

TEST_CASE("A pickle cannot call anything", "[data][pickle]") {
  for (const std::string& pickle : {"cos\nsystem\n(X\x02\0\0\0lstR."s,
                                    "\x80\x02"
                                    "cos\nsystem\nX\x02\0\0\0ls\x85R."s}) {
    CHECK_THAT(complaint([&] { read(pickle); }), Contains("test: pickle, byte") && Contains("'os.system' is refused"));
  }
  CHECK_THAT(wrong("\x8c\x05posix\x8c\x06system\x93"), Contains("'posix.system' is refused"));
  CHECK_THAT(wrong("cnumpy\nload\n"), Contains("'numpy.load' is refused"));
  CHECK_THAT(wrong("cbuiltins\nev\x1b"
                   "al\n"),
             Contains("'builtins.ev\\x1bal' is refused"));
  CHECK_THAT(wrong("h\x01)R"), Contains("numpy.ndarray is not called"));
  CHECK_THAT(wrong("ios\nsystem\n"), Contains("instruction 0x69"));  // INST
  CHECK_THAT(wrong("h\x01)\x81"), Contains("instruction 0x81"));     // NEWOBJ
  CHECK_THAT(wrong("\x82\x01"), Contains("instruction 0x82"));       // EXT1
  CHECK_THAT(wrong("Pid\n"), Contains("instruction 0x50"));          // PERSID
  CHECK_THAT(wrong("}"), Contains("instruction 0x7d"));              // EMPTY_DICT
}

TEST_CASE("Only one array of lists of integers is read", "[data][pickle]") {
  CHECK_THAT(wrong("K\x01"), Contains("expected lists as elements"));
  CHECK_THAT(wrong("N"), Contains("expected integers or lists in a list, got None"));
  CHECK_THAT(wrong("]]a"), Contains("got lists"));
  CHECK_THAT(wrong("]q\x08h\x08"
                   "a"),
             Contains("got lists"));  // a list inside itself
  CHECK_THAT(wrong("](X\x01\0\0\0xe"s), Contains("got a text"));
  CHECK_THAT(wrong("]]"), Contains("length 1 and 2 elements"));
  CHECK_THAT(wrong("h\x00h\x02R"s), Contains("expected numpy.ndarray to reconstruct"));
  CHECK_THAT(wrong("h\x00h\x01\x85R"s), Contains("an array inside it"));
  CHECK_THAT(wrong("h\x07X\x02\0\0\0f4\x85R"s), Contains("element type 'f4'"));
  CHECK_THAT(complaint([] { read("K\x01."); }), Contains("expected one array as the result"));
  CHECK_THAT(complaint([] { read(array_pickle(1, "]") + "x"); }), Contains("1 bytes after the end"));
}

TEST_CASE("A pickle's counts and indices cannot ask for memory", "[data][pickle]") {
  CHECK_THAT(wrong("X\xff\xff\xff\xff"), Contains("cut short"));
  CHECK_THAT(wrong("\x95\xff\xff\xff\xff\xff\xff\xff\xff"), Contains("cut short"));
  CHECK_THAT(wrong("r\xff\xff\xff\xff"), Contains("expected a value, got a mark") || Contains("memo entry 4294967295"));
  CHECK_THAT(wrong("]r\xff\xff\xff\x7f"), Contains("memo entry 2147483647 where 8 would be next"));
  CHECK_THAT(wrong("j\xff\xff\xff\xff"), Contains("memo entry 4294967295 does not exist"));
  // 300 times a list of a million elements fits into a few kilobytes more than the list itself.
  const std::string once = list_pickle(std::vector<int32_t>(1'000'000, 1)) + "q\x08";
  std::string element = once;
  for (int i = 1; i < 300; ++i) element += "h\x08";
  CHECK_THAT(complaint([&] { read(array_pickle(300, element)); }), Contains("over 268435456 elements"));
}

TEST_CASE("A pickle cannot take more from the stack than is there", "[data][pickle]") {
  for (const char* pickle : {"a",
                             "e",
                             "t",
                             "R",
                             "b",
                             "0",
                             "\x85",
                             "\x87",
                             "q",
                             "\x94",
                             "\x93",
                             "(a",
                             "(0",
                             "]e",
                             "]t",
                             ".",
                             "K\x01"
                             "a",
                             "(K\x01"
                             "a",
                             "K\x01K\x01"
                             "a",
                             "((e",
                             "N(e",
                             "(\x85R",
                             ")R",
                             "))b"}) {
    CAPTURE(pickle);
    CHECK_THAT(complaint([&] { read(pickle); }), Contains("test: pickle, byte"));
  }
  CHECK_THAT(complaint([] { read("(0"); }), Contains("expected a value, got a mark"));
  // Marks inside a tuple or a list are no values.
  CHECK_THAT(complaint([] { read("(\x85\x85."); }), Contains("expected one array"));
  CHECK_THAT(wrong("]((\x85"
                   "a"),
             Contains("got a tuple"));
}

TEST_CASE("Deep nesting does not recurse", "[data][pickle]") {
  CHECK_THAT(complaint([] { read(std::string(1'000'000, '\x85')); }), Contains("the stack is empty"));
  CHECK_THAT(wrong(")" + std::string(1'000'000, '\x85')), Contains("got a tuple"));
  CHECK_THAT(wrong(std::string(1'000'000, ']') + std::string(999'999, 'a')), Contains("got lists"));
}

TEST_CASE("Truncated and changed pickles do no harm", "[data][pickle]") {
  const auto read_bytes = [](const Bytes& pickle) { read_int_lists_pickle(pickle, "test"); };
  for (const Written& written : kWritten) {
    CHECK(accepted_prefix(from_hex(written.hex), read_bytes) == "");
    CHECK(harmful_change(from_hex(written.hex), read_bytes) == "");
  }
  const Bytes file = to_bytes(testing::lists_npy(kLists));
  CHECK(accepted_prefix(file, [](const Bytes& npy) { read_int_lists_npy(npy, "test"); }) == "");
}

TEST_CASE("The header of an array of lists must match its pickle", "[data][pickle]") {
  const auto complaint_of = [](const std::string& file) {
    return complaint([&] { read_int_lists_npy(to_bytes(file), "test"); });
  };
  CHECK_THAT(complaint_of(npy_file("|O", "(2,)", array_pickle(1, "]"))), Contains("announces 2 lists, got 1"));
  CHECK_THAT(complaint_of(npy_file("|O", "(1, 1)", array_pickle(1, "]"))), Contains("one axis, got 2"));
  CHECK_THAT(complaint_of(npy_file("<i4", "(1,)", "1234")), Contains("expected an array of lists"));
}

}  // namespace
}  // namespace reel
