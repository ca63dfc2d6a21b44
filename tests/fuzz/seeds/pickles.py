"""Pickles of NumPy's object arrays, by Python's own pickler: stand-ins carry NumPy's names."""

import pickle
import pickletools
import struct
import sys
import types

from .arrays import floats, npy

HOSTILE = 1 << 16  # instructions of one kind, which once took memory out of all proportion


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
