"""NPY files."""

import struct


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
