"""Rows of numbers: tables in text, IDX."""

import gzip
import struct

from .arrays import floats, npy


def csv_seeds():
    yield "header", b"a,b\n1,2\n3.5,-4e2\n"
    yield "no_header", b"1,2\r\n+3,4\r\n\r\n5,6"
    yield "old_mac", b"1,2\r3,4\r"
    yield "byte_order_mark", b"\xef\xbb\xbfa,b\n1,2\n"
    yield "utf_16", "a,b\n1,2\n".encode("utf-16")
    yield "utf_16_be", b"\xfe\xff" + "a,b\n1,2\n".encode("utf-16-be")
    yield "spaces", b" 1 ,\t2 \n"
    yield "quoted", b'"a","b"\n"1","2"\n'
    yield "quoted_comma", b'"a,b","c""d"\n"1,5","2"\n'
    yield "open_quote", b'"a,b\n1,2\n'
    yield "semicolons", b"a;b\n1,5;2\n3;4,25\n"
    yield "tabs", b"a\tb\n1,5\t2\n"
    yield "hint", b"sep=|\na|b\n1|2\n"
    yield "other_separators", b"1|2\n3|4\n"
    yield "spaces_between", b"1 2 3\n4 5 6\n"
    yield "colons", b"1:2\n3:4\n"
    yield "lone_zero", b"0\n1\n2\n"
    yield "utf_16_pairs", "\U0001f600,\u20ac\n1,2\n".encode("utf-16")
    yield "utf_16_lone", b"\xff\xfe\x00\xd8,\x00\x00\xdc\n\x001\x00,\x002\x00"
    yield "utf_16_odd", b"\xff\xfea\x00b"
    yield "behind_quote", b'"1"x,2\n'
    yield "thousands", b"1.234,5;2\n"
    yield "index_column", b",a,b\n0,1,2\n1,3,4\n"
    yield "counted_header", b"0,1,2,3\n5,6,7,8\n"
    yield "one_column", b"1\n2\n3\n"
    yield "not_finite_first", b"inf,-inf\n1,2\n"
    yield "nan_first", b"nan,nan\n1,2\n"
    yield "too_large_first", b"1e39,1\n1,2\n"
    yield "missing_first", b",\n1,2\n"
    yield "missing", b"1,2\n3,\n"
    yield "infinite", b"1,inf\n"
    yield "too_large", b"1,1e39\n"
    yield "tiny", b"1,1e-400\n"
    yield "not_a_number", b"1,2\n3,x\n"
    yield "control", b"1,2\n3,\x1b[31mred\x07\n"
    yield "long_field", b"1,2\n3," + b"x" * 3000 + b"\n"
    yield "uneven", b"1,2\n3\n"
    yield "header_only", b"a,b\n"
    yield "empty", b"\n \n"
    yield "plus_minus", b"+-1,2\n"
    yield "zeros", b"\x00" * 40
    yield "commas", b"," * 2000


def idx(code, extents, data):
    return bytes([0, 0, code, len(extents)]) + b"".join(struct.pack(">I", extent) for extent in extents) + data


def idx_seeds():
    for code, size in {0x08: 1, 0x09: 1, 0x0B: 2, 0x0C: 4, 0x0D: 4, 0x0E: 8}.items():
        yield f"element_{code:02x}", idx(code, [2, 3], bytes(range(6 * size)))
    yield "packed", gzip.compress(idx(8, [2, 2, 2], bytes(8)), mtime=0)
    yield "unknown_element", idx(0x0A, [1], bytes(1))
    yield "no_axes", idx(8, [], b"")
    yield "seven_axes", idx(8, [1] * 7, bytes(1))
    yield "cut_header", idx(8, [1, 1], b"")[:9]
    yield "cut", idx(8, [9], bytes(8))
    yield "tail", idx(8, [9], bytes(10))
    yield "empty", idx(8, [0, 3], b"")
    yield "too_large", idx(14, [0xFFFFFFFF] * 3, b"")
    yield "beyond_shape", idx(8, [0xFFFFFFFF, 0x10000, 1], b"")
    yield "empty_huge", idx(8, [0, 0xFFFFFFFF, 0x10001], b"")


def rows_seeds():
    table, array, picture = b"a,b\n1,2\n", npy("<f8", "(2, 2)", bytes(32)), idx(8, [2, 2, 2], bytes(range(8)))
    for name in range(8):  # which the target chooses by the first byte
        first = bytes([name])
        yield f"table_{name}", first + table
        yield f"tabs_{name}", first + table.replace(b",", b"\t")
        yield f"table_gz_{name}", first + gzip.compress(table, mtime=0)
        yield f"array_{name}", first + array
        yield f"idx_{name}", first + picture
    yield "array_gz", b"\x06" + gzip.compress(array, mtime=0)
    yield "idx_gz", b"\x05" + gzip.compress(picture, mtime=0)
    yield "bytes", b"\x04" + npy("|u1", "(1, 2, 2)", bytes(4))
    yield "labels", b"\x05" + idx(8, [3], bytes(3))
    yield "floats", b"\x04" + floats(1, 2, 3)
    yield "scalar", b"\x04" + npy("<f4", "()", bytes(4))
    yield "not_finite", b"\x04" + floats(float("inf"))
    yield "not_finite_f64", b"\x04" + npy("<f8", "(1,)", struct.pack("<d", 1e300))
    yield "unknown", b"\x04PK\x03\x04"
    yield "empty_rows", b"\x04" + npy("<f4", "(0, 3)")
    yield "no_features", b"\x04" + npy("<f4", "(3, 0)")


def table_seeds():
    yield from csv_seeds()
    yield "texts", b'age,name,"a ""b"""\n63,"Smith, Al",x\r\n\r\n67,"two\nlines",\n'
    yield "old_mac_texts", b"a,b\r1,x\r2,y\r"
    yield "gzip", gzip.compress(b"a,b\n1,x\n")
    yield "missing_by_column", b"a,b\n1,\nNA,2\n"
    yield "large", b"a,b\n1e300,2\n"
    yield "same_names", b"a,a\n1,2\n"
    yield "header_alone", b"a,b\n"
    yield "uneven_by_column", b"a,b\n1,2\n3\n"
    yield "hint_and_mark", b"\xef\xbb\xbfsep=;\na;b\n1,5;2\n"
    yield "utf_32", "a,b\n1,2\n".encode("utf-32")
    yield "archive", b"PK\x03\x04"
    yield "nul", b"a,b\n1,\x00\n"


def npy_rows_seeds():
    yield "floats", npy("<f4", "(2, 3)", struct.pack("<6f", 1, 2, 3, 4, 5, 6))
    yield "doubles", npy("<f8", "(2,)", struct.pack("<2d", 1, 2))
    yield "integers", npy("<i4", "(1, 2)", struct.pack("<2i", 1, -2))
    yield "bytes", npy("|u1", "(2, 2)", b"\x00\x01\x02\xff")
    yield "others", npy("<i8", "(1,)", bytes(8))
    yield "scalar", npy("<f4", "()", bytes(4))
    yield "no_rows", npy("<f4", "(0, 3)", b"")
    yield "cut_short", npy("<f4", "(2, 3)", bytes(20))
    yield "huge", npy("<f4", "(4294967296, 4294967296, 4294967296)", b"")
    yield "seven_axes", npy("<f4", "(1, 1, 1, 1, 1, 1, 1)", bytes(4))
    yield "text", b"no array"
