"""Words, command lines, answers of servers."""

import gzip
import struct

from .archives import archive

DEEP = 1 << 16  # brackets


def word_index_seeds():
    yield "sound", b'{"the": 1, "a": 2, "\\u00e4": 3, "it\'s": 4}'
    yield "gap", b'{"the": 1, "a": 9}'
    yield "same_rank", b'{"the": 1, "a": 1}'
    yield "same_word", b'{"the": 1, "the": 2}'
    yield "empty", b"{}"
    yield "empty_word", b'{"": 1}'
    yield "sentence", b'{"a b": 1, "b": 2}'
    yield "list", b"[1, 2]"
    yield "no_json", b"{"
    yield "text_rank", b'{"the": "1"}'
    yield "part", b'{"the": 1.5}'
    yield "zero", b'{"the": 0}'
    yield "negative", b'{"the": -1}'
    yield "largest_rank", b'{"a": 16777216}'
    yield "too_large", b'{"a": 16777217}'
    yield "beyond_32_bits", b'{"a": 4294967296}'
    yield "unsigned", b'{"a": 18446744073709551615}'
    yield "beyond_64_bits", b'{"a": 18446744073709551616}'
    yield "control", b'{"\\u001b[31m": 1.5}'
    yield "long_word", b'{"' + b"a" * 3000 + b'": 1.5}'
    yield "long_rank", b'{"a": [' + b"1," * 2000 + b"1]}"
    yield "deep", b'{"a":' + b"[" * DEEP
    yield "deep_closed", b'{"a":' + b"[" * 20000 + b"]" * 20000 + b"}"
    yield "byte_order_mark", b'\xef\xbb\xbf{"a": 1}'
    yield "not_utf_8", b'{"\xff": 1}'


def text_seeds():
    yield "review", b"A good film, it's <br />the BEST.\tI saw\r\nit twice!"
    yield "capitals", "\u00c4\u00d6\u00dc \u00d7 \u00de \u00e9 \u0130 \u0391".encode()
    yield "not_utf_8", b"\xc3 \xc3\xc3\x80 \xff\x00 a"
    yield "repeated", b"a b a c a b d"
    yield "separators", b" !\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n"
    yield "empty", b""


def file_kind_seeds():
    """A name, and what a file begins with."""
    magics = [b"\x89HDF\r\n\x1a\n", b"\x89PNG\r\n\x1a\n", b"\x93NUMPY", b"\xff\xd8\xff", b"\x1f\x8b", b"PAR1\x15\x04",
              bytes(257) + b"ustar", b"SQLite format 3\x00", b"%PDF-1.7", b"version https://git-lfs.github.com/spec/v1",
              b"<!DOCTYPE html>", b"  <html>", b"<?xml version='1.0'?><svg>", b"<svg", b"\x80\x04\x95",
              b"\x08\x07\x12\x07pytorch",
              struct.pack("<Q", 9) + b'{"a":{}  ', struct.pack("<Q", 1 << 60) + b"{", b"1,2\n3,4\n", b"", b"\x00\x01"]
    magics += [archive([(name, b"1")]) for name in ("a.npy", "config.json", "xl/a", "data.pkl", "m/data.pkl", "word/a")]
    magics += [b"PK\x05\x06" + bytes(18), b"PK\x03\x04", b"PK\x03\x04" + bytes(22) + b"\xff\xff\x00\x00a"]
    names = ["m.weights.h5", "a.npz", "a.NPY", "picture.png", "run.json", "graph.dot", "a.b/c", "none", "",
             "a.", ".csv"]
    for i, magic in enumerate(magics):
        yield f"magic_{i}", names[i % len(names)].encode() + b"\n" + magic
    for i, name in enumerate(names):
        yield f"name_{i}", name.encode()


def arguments_seeds():
    lines = {"word": "lstm", "options": "lstm\n--epochs\n3\n--data=x\n--verbose", "nothing": "",
             "extra": "lstm\ngru", "extra_option": "lstm\n-epochs", "behind_dashes": "lstm\n--\n--epochs",
             "unknown": "lstm\n--epoch", "far_off": "lstm\n--qqqqqqqq", "no_value": "lstm\n--epochs",
             "option_as_value": "lstm\n--data\n--verbose", "switch_with_value": "lstm\n--verbose=1",
             "twice": "lstm\n--data=a\n--data=b", "repeated": "lstm\n--without=a\n--without=lstn",
             "no_number": "lstm\n--epochs=x", "too_large": "lstm\n--epochs=1001",
             "beyond_64_bits": "lstm\n--epochs=99999999999999999999", "empty_value": "lstm\n--data=",
             "swapped": "lstm\n--dtaa=x", "long": "lstm\n--" + "a" * 3000, "control": "lstm\n--\x1b[31m",
             "empty_argument": "\n\n", "dash": "-", "long_word": "lstm\n" + "a" * 3000}
    yield from ((name, text.encode()) for name, text in lines.items())


def download_seeds():
    body = b"0123456789"

    def answer(options, status="200 OK", content=body, headers="", length=None):
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(content) if length is None else length}"
        return bytes([options]) + head.encode() + f"\r\n{headers}\r\n".encode() + content

    resumed, checked, md5 = 1, 2, 4
    yield "sound", answer(0)
    yield "checked", answer(checked)
    yield "other_checksum", answer(checked, content=b"another")
    yield "md5", answer(md5)
    yield "resumed", answer(resumed | checked, "206 Partial Content", body[5:], "Content-Range: bytes 5-9/10\r\n")
    yield "resumed_elsewhere", answer(resumed, "206 Partial Content", body[5:], "Content-Range: bytes 2-6/10\r\n")
    yield "resumed_other", answer(resumed | checked, "206 Partial Content", b"other", "Content-Range: bytes 5-9/10\r\n")
    yield "not_resumed", answer(resumed)
    yield "nothing_left", answer(resumed | checked, "416 Range Not Satisfiable", b"", "Content-Range: bytes */5\r\n")
    yield "nothing_left_unchecked", answer(resumed, "416 Range Not Satisfiable", b"")
    yield "missing", answer(0, "404 Not Found", b"no")
    yield "cut", answer(0, length=100)
    yield "huge", answer(0, length=1 << 62)
    yield "negative", answer(0, length=-1)
    yield "chunked", b"\x00HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n" + body + b"\r\n0\r\n\r\n"
    yield "packed", answer(0, content=gzip.compress(body, mtime=0), headers="Content-Encoding: gzip\r\n")
    yield "elsewhere", answer(0, "302 Found", b"", "Location: http://example.invalid/\r\n")
    yield "to_a_file", answer(0, "302 Found", b"", "Location: file:///etc/hostname\r\n")
    yield "old", b"\x00HTTP/1.0 200 OK\r\n\r\n" + body
    yield "control", answer(0, "500 \x1b[31mred")
    yield "no_http", b"\x00SSH-2.0-server\r\n"
    yield "no_answer", b"\x00"
