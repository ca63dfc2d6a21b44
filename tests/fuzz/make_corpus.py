"""Writes the seed corpora of the fuzz targets: make_corpus.py FOLDER makes FOLDER/TARGET/NAME.

Small files of every kind that a reader tells apart: sound ones, ones for each fault that has a message of its own, and
those that once made a reader fail. Together they must reach 80 % of the reader's lines.
"""

import gzip
import io
import json
import pathlib
import pickle
import pickletools
import struct
import sys
import types
import zipfile

HOSTILE = 1 << 16  # bytes, or pieces, of files that once took memory out of all proportion


# NPY


def npy_of(header, data=b"", version=1):
    """An NPY file whose header is this text."""
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode("latin-1") + data


def npy(descr, shape, data=b"", order="False", version=1):
    return npy_of(f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n", data, version)


def floats(*values):
    return npy("<f4", f"({len(values)},)", struct.pack(f"<{len(values)}f", *values))


def npy_seeds():
    elements = {"<f4": "f", "<f8": "d", "<i4": "i", "<i8": "q", "|u1": "B", "|i1": "b", "<i2": "h", "<u2": "H",
                "<u4": "I", "<u8": "Q", "|b1": "B"}
    for descr, code in elements.items():
        yield f"element{descr[1:]}", npy(descr, "(2, 3)", struct.pack(f"<6{code}", *range(6)))
    yield "fortran", npy("<f4", "(2, 3, 2)", bytes(48), order="True")
    yield "fortran_column", npy("<f8", "(3,)", bytes(24), order="True")
    yield "scalar", npy("<f4", "()", bytes(4))
    yield "empty", npy("<f4", "(0, 3)")
    yield "empty_huge", npy("<f4", "(0, 4611686018427387904, 4)")
    yield "version_2", npy("<i4", "(1,)", bytes(4), version=2)
    yield "version_3", npy("<i4", "(1,)", bytes(4), version=3)
    yield "version_9", npy("<i4", "(1,)", bytes(4), version=9)
    yield "python_2", npy("<i4", "(1L, 1L)", bytes(4))
    yield "double_quotes", npy_of('{"shape": (1,), "fortran_order": False, "descr": "<i4"}', bytes(4))
    yield "outside_i32", npy("<i8", "(1,)", b"\xff" * 7 + b"\x7f")
    yield "objects", npy("|O", "(1,)", b"N.")
    yield "unknown_element", npy(">f4", "(1,)", bytes(4))
    yield "record", npy_of("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", bytes(4))
    yield "seven_axes", npy("|u1", "(1, 1, 1, 1, 1, 1, 1)", bytes(1))
    yield "too_large", npy("<f4", "(4294967296, 4294967296, 4)")
    yield "beyond_shape", npy("|u1", "(281474976710656, 0)")
    yield "too_short", npy("<f4", "(4,)", bytes(4))
    yield "too_long", npy("<f4", "(1,)", bytes(8))
    yield "one_without_comma", npy("<f4", "(1)", bytes(4))
    yield "negative", npy("<f4", "(-1,)")
    for name, header in {"no_dictionary": "[1]", "no_colon": "{'descr' '<f4'}", "unknown_key": "{'size': 1}",
                         "repeated_key": "{'descr': '<f4', 'descr': '<f4'}", "missing_key": "{'descr': '<f4'}",
                         "text_behind": "{'descr': '<f4', 'fortran_order': False, 'shape': ()} 1",
                         "open_quote": "{'descr", "no_quote": "{descr: 1}", "not_plain": "{'de\x1bscr': 1}",
                         "no_boolean": "{'fortran_order': 0}", "no_end": "{'shape': (1, 2"}.items():
        yield name, npy_of(header)
    yield "cut_magic", b"\x93NUMPY"
    yield "cut_length", b"\x93NUMPY\x01\x00\x10"
    yield "cut_header", npy("<f4", "(1,)")[:30]
    yield "long_header", b"\x93NUMPY\x02\x00\xff\xff\xff\x7f"
    yield "no_npy", b"not an array"


# Pickles of NumPy's object arrays, by Python's own pickler: stand-ins carry NumPy's names.


def stand_in(module, value):
    value.__module__ = module
    sys.modules.setdefault(module, types.ModuleType(module))
    setattr(sys.modules[module], value.__name__, value)
    return value


class dtype:
    element = "O8"

    def __reduce__(self):
        return dtype, (self.element, False, True), (3, "|", None, None, None, -1, -1, 63)


class ndarray:
    def __init__(self, lists, shape=None, element="O8"):
        self.lists, self.shape, self.type = lists, (len(lists),) if shape is None else shape, dtype()
        self.type.element = element

    def __reduce__(self):
        return _reconstruct, (ndarray, (0,), b"b"), (1, self.shape, self.type, False, self.lists)


def _reconstruct():
    raise NotImplementedError("only its name is needed")


stand_in("numpy", dtype)
stand_in("numpy", ndarray)
stand_in("numpy.core.multiarray", _reconstruct)

LISTS = [[1, 2, 300], [], [70000, -5], [7], list(range(40))]


def lists_npy(lists, shape=None):
    return npy("|O", shape or f"({len(lists)},)", pickle.dumps(ndarray(lists), 3))


def array_around(elements, count):
    """The pickle of an array; `elements` are the instructions that push its elements."""
    whole = pickle.dumps(ndarray([]), 2)
    at = whole.rindex(b"]")
    begin = whole.index(b"K\x00\x85", whole.index(b"R"))  # the shape of the state
    head = whole[:begin] + b"M" + struct.pack("<H", count) + whole[begin + 2:at]
    return head + b"](" + elements + b"etb."


def pickle_seeds():
    for protocol in range(2, 6):
        yield f"protocol_{protocol}", pickle.dumps(ndarray(LISTS), protocol)
    yield "protocol_0", pickle.dumps(ndarray(LISTS), 0)
    yield "protocol_9", b"\x80\x09."
    yield "npy", lists_npy(LISTS)
    yield "npy_length", lists_npy(LISTS, "(9,)")
    yield "npy_axes", lists_npy(LISTS, "(5, 1)")
    yield "npy_numbers", floats(1)
    yield "object_4", pickle.dumps(ndarray([], element="O4"), 2)
    yield "numbers", pickle.dumps(ndarray([], element="f8"), 2)
    yield "two_axes", pickle.dumps(ndarray(LISTS, shape=(5, 1)), 2)
    yield "other_length", pickle.dumps(ndarray(LISTS, shape=(9,)), 2)
    yield "array_in_array", pickle.dumps(ndarray([ndarray([])]), 2)
    yield "integers", pickle.dumps(ndarray([1, 2]), 2)
    yield "lists_in_lists", pickle.dumps(ndarray([[[1]]]), 2)
    yield "texts", pickle.dumps(ndarray([["a", b"b"]]), 2)
    yield "long_integers", pickle.dumps(ndarray([[1 << 31, -1 << 40]]), 2)
    yield "longer_integers", pickle.dumps(ndarray([[1 << 80]]), 2)
    yield "one_list_often", pickle.dumps(ndarray([LISTS[0]] * 3), 4)
    yield "system", b"cos\nsystem\n(X\x02\x00\x00\x00lstR."
    yield "system_4", b"\x80\x04\x8c\x02os\x8c\x06system\x93."
    yield "tail", pickle.dumps(ndarray(LISTS), 2) + b"N"
    yield "no_array", pickle.dumps([1, 2], 2)
    yield "cut", pickle.dumps(ndarray(LISTS), 4)[:-9]
    yield "unknown_instruction", b"\x80\x02}."
    for name, code in {"stack_is_empty": b"0", "no_mark": b"t", "mark_for_value": b"(0", "memo_gap": b"Nq\x07",
                       "memo_missing": b"h\x07", "no_list": b"Na", "append_to_nothing": b"a", "tuple_of_none": b"\x85",
                       "no_call": b"N)R", "text_to_encode": b"c_codecs\nencode\n)R",
                       "type_without_name": b"cnumpy\ndtype\n)R", "array_called": b"cnumpy\nndarray\n)R",
                       "reconstruct_nothing": b"cnumpy.core.multiarray\n_reconstruct\n)R", "state_of_none": b"N)b",
                       "cut_line": b"cnumpy", "memo_again": b"Nq\x00Kq\x00j\x00\x00\x00\x000\x88\x89\x86.",
                       "texts_of_all_kinds": b"T\x01\x00\x00\x00aU\x01bB\x01\x00\x00\x00cC\x01d.",
                       "frame_too_long": b"\x95\xff\x00\x00\x00\x00\x00\x00\x00", "marked": b"(K\x01I",
                       "long_memo": b"Nr\x00\x00\x00\x00\x94."}.items():
        yield name, b"\x80\x02" + code
    yield "many_lists", array_around(b"]" * HOSTILE, 0)
    yield "many_marks", b"\x80\x02" + b"(" * HOSTILE
    yield "many_tuples", b"\x80\x02" + b")" * HOSTILE
    yield "one_list_recalled", recalled_list(4000, 4000)


def recalled_list(length, times):
    """An array that names one list many times: length + times instructions stand for length * times integers."""
    empty = array_around(b"", 0)
    puts = [argument for op, argument, at in pickletools.genops(empty) if op.name == "BINPUT"]
    entry = struct.pack("<I", max(puts) + 1)
    return array_around(b"](" + b"K\x01" * length + b"er" + entry + (b"j" + entry) * (times - 1), times)


# ZIP archives


def archive(entries, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as written:
        for name, data in entries:
            written.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def zip_seeds():
    two = [("config.json", b"{}"), ("weights/a", b"0123456789")]
    sound = archive(two)
    yield "stored", sound
    yield "deflated", archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED)
    yield "bzip2", archive([("a", b"a" * 500)], zipfile.ZIP_BZIP2)
    yield "empty", archive([])
    yield "empty_entry", archive([("a", b"")])
    yield "folder", archive([("weights/", b"")] + two)
    yield "names", archive([("ä €.npy", b"1"), ("\\n", b"2")])
    yield "twice", sound.replace(b"weights/a", b"config.js").replace(b"config.json", b"config.js\x00\x00")
    yield "same_name", archive([("aa", b"1"), ("bb", b"2")]).replace(b"bb", b"aa")
    yield "no_name", sound.replace(b"config.json", b"\x00" * 11)
    yield "control_in_name", archive([("a\x1b[31m/b", b"1"), ("a\n", b"2")])
    yield "checksum", sound.replace(b"0123456789", b"0123456780")
    yield "deflate_damaged", flipped(archive([("a", bytes(range(99)) * 9)], zipfile.ZIP_DEFLATED), 60)
    yield "encrypted", sound.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    yield "other_size", sound.replace(struct.pack("<II", 10, 10), struct.pack("<II", 10, 12))
    yield "smaller_size", sized(archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED), 500, 400)
    yield "larger_size", sized(archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED), 500, 600)
    yield "huge_size", sized(archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED), 500, 0xFFFFFFF0)
    yield "bomb", sized(archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED), 500, 300 << 20)
    yield "zeros", archive([("a", bytes(16 * HOSTILE))], zipfile.ZIP_DEFLATED)
    yield "many_entries", archive([(str(i), b"") for i in range(200)])
    yield "comment", sound[:-2] + b"\x04\x00note"
    yield "in_front", b"#!/bin/sh\n" + sound
    yield "cut", sound[:-30]
    yield "nothing", b""
    yield "no_zip", b"PK\x03\x04 and so on"


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1:]


def sized(data, size, other):
    """The archive with another unpacked size in its headers."""
    return data.replace(struct.pack("<I", size), struct.pack("<I", other))


def npz_seeds():
    yield "two", archive([("a.npy", floats(1, 2)), ("b/c.npy", npy("<i4", "(1, 1)", bytes(4)))])
    yield "deflated", archive([("a.npy", floats(*range(50)))], zipfile.ZIP_DEFLATED)
    yield "no_array", archive([("a.txt", b"text")])
    yield "damaged_array", archive([("a.npy", b"\x93NUMPY")])
    yield "no_name", archive([(".npy", floats(1))])
    yield "empty", archive([])
    yield "long_name", archive([("a" * 3000 + ".npy", b"")])


def dense(prefix, rows, columns):
    count = rows * columns
    kernel = npy("<f4", f"({rows}, {columns})", struct.pack(f"<{count}f", *[0.5] * count))
    return [(f"{prefix}/kernel.npy", kernel), (f"{prefix}/bias.npy", floats(*[0.25] * columns))]


def weights_file_seeds():
    note = ("reel.json", b'{"model": "mine"}')
    yield "fits", archive(dense("dense", 2, 1) + [note])
    yield "without_note", archive(dense("dense", 2, 1))
    yield "deflated", archive(dense("dense", 2, 1) + [note], zipfile.ZIP_DEFLATED)
    yield "other_shape", archive(dense("dense", 3, 1))
    yield "other_names", archive(dense("dense_1", 2, 1))
    yield "too_many", archive(dense("dense", 2, 1) + dense("dense_1", 1, 1))
    yield "other_file", archive(dense("dense", 2, 1) + [("readme", b"")])
    yield "empty", archive([])
    yield "no_zip", b"\x89HDF\r\n\x1a\n"


def saved_model_seeds():
    def saved(note, weights):
        return archive(weights + [("reel.json", note if isinstance(note, bytes) else json.dumps(note).encode())])

    small = {"model": "autoencoder", "features": 2, "encoding_size": 1}
    weights = dense("dense", 2, 1) + dense("dense_1", 1, 2)
    yield "small", saved(small, weights)
    yield "vocabulary", saved(small | {"vocabulary": ["the", "a", "\u00e4"]}, weights)
    yield "images", saved(small | {"model": "autoencoder_images"}, weights)
    for name, other in {"unknown": {"model": "\x1b[31m"}, "no_name": {"model": 1}, "no_features": {"features": None},
                        "part": {"features": 2.5}, "zero": {"features": 0}, "negative": {"encoding_size": -1},
                        "large": {"features": 1 << 22}, "huge": {"features": (1 << 24) + 1},
                        "beyond_64_bits": {"features": 1 << 64}, "unsigned": {"features": (1 << 64) - 1},
                        "words_are_none": {"vocabulary": {}}, "word_is_none": {"vocabulary": ["a", 1]},
                        "text_model": {"model": "gru"}}.items():
        yield name, saved(small | other, weights)
    yield "missing", saved({"model": "autoencoder"}, weights)
    yield "note_is_list", saved([1], weights)
    yield "note_is_no_json", saved(b"{", weights)
    yield "deep_note", saved(b"[" * 2000, weights)
    yield "without_note", archive(weights)
    yield "not_finite", saved(small, [(name, data.replace(struct.pack("<f", 0.25), struct.pack("<f", float("nan"))))
                                      for name, data in weights])


# Tables, rows, pictures


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


# Reviews and their words


def imdb(x, y, leave_out=None, y_data=None):
    entries = []
    for part in ("train", "test"):
        entries += [(f"x_{part}.npy", lists_npy(x)),
                    (f"y_{part}.npy", y_data or npy("<i8", f"({len(y)},)", struct.pack(f"<{len(y)}q", *y)))]
    return archive([entry for entry in entries if entry[0] != leave_out], zipfile.ZIP_DEFLATED)


def imdb_seeds():
    reviews = [[1, 2, 300], [4], [70000, 5]]
    yield "sound", imdb(reviews, [0, 1, 1])
    yield "no_reviews", imdb([], [])
    yield "empty_reviews", imdb([[], []], [0, 1])
    yield "negative_rank", imdb([[-5, -1, 0]], [1])
    yield "largest_rank", imdb([[(1 << 31) - 1]], [1])
    yield "smallest_rank", imdb([[-1 << 31]], [1])
    yield "long_review", imdb([list(range(150))], [1])
    yield "unequal", imdb(reviews, [0, 1])
    yield "float_labels", imdb(reviews, [], y_data=floats(0, 1, 1))
    for name in ("x_train.npy", "y_test.npy"):
        yield f"without_{name[:-4]}", imdb(reviews, [0, 1, 1], leave_out=name)


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
    yield "deep", b'{"a":' + b"[" * HOSTILE
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


# Packed bytes, command lines, answers of servers


def gzip_seeds():
    sound = gzip.compress(b"some bytes of no importance", mtime=0)
    yield "sound", sound
    yield "empty", gzip.compress(b"", mtime=0)
    yield "two_members", sound + sound
    yield "padded", sound + bytes(300)
    yield "tail", sound + b"more"
    yield "half_a_header_behind", sound + sound[:5]
    yield "cut", sound[:-9]
    yield "cut_header", sound[:6]
    yield "checksum", flipped(sound, len(sound) - 6)
    yield "length", flipped(sound, len(sound) - 2)
    yield "damaged", flipped(sound, 12)
    yield "named", b"\x1f\x8b\x08\x08" + sound[4:10] + b"name\x00" + sound[10:]
    yield "no_gzip", b"text"
    yield "nothing", b""
    yield "zeros", gzip.compress(bytes(16 * HOSTILE), mtime=0)
    yield "empty_members", gzip.compress(b"", mtime=0) * 100


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
    yield "resumed_another", answer(resumed | checked, "206 Partial Content", b"xxxxx", "Content-Range: bytes 5-9/10\r\n")
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


SEEDS = {name.removesuffix("_seeds"): make for name, make in list(globals().items()) if name.endswith("_seeds")}


def main(folder):
    for target, make in SEEDS.items():
        place = pathlib.Path(folder) / target
        place.mkdir(parents=True, exist_ok=True)
        for name, data in make():
            (place / name).write_bytes(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
