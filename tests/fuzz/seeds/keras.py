"""Files of Keras and their kin: HDF5, safetensors, .keras and .h5. What takes h5py to write: make_hdf5.py."""

import base64
import json
import os
import struct
import zlib

from .archives import archive

with open(os.path.join(os.path.dirname(__file__), "hdf5_files.json")) as _file:
    FILES = {name: zlib.decompress(base64.b64decode(data)) for name, data in json.load(_file).items()}


def made(target):
    return [(name.split("/")[1], data) for name, data in FILES.items() if name.startswith(target + "/")]


def hdf5_seeds():
    yield "nothing", b""
    yield "head", FILES["hdf5/sound"][:8]
    yield "cut", FILES["hdf5/sound"][:-100]
    yield from made("hdf5")


def safetensors(header, data=b"", size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


def safetensors_seeds():
    def one(dtype, shape, begin=0, end=4):
        return {"a": {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}}

    yield "sound", safetensors({"__metadata__": {"reel": "note", "n": 1}} | one("F32", [1]), bytes(4))
    for dtype, size in {"F64": 8, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "U16": 2,
                        "U32": 4, "U64": 8, "BOOL": 1}.items():
        yield dtype, safetensors(one(dtype, [2], 0, 2 * size), bytes(range(2 * size)))
    yield "halves", safetensors(one("F16", [4], 0, 8), struct.pack("<4H", 1, 0x8001, 0x7c00, 0x3c00))
    yield "nothing", b""
    yield "empty", safetensors({})
    yield "cut", safetensors(one("F32", [1]), bytes(3))
    yield "tail", safetensors(one("F32", [1]), bytes(5))
    yield "gap", safetensors(one("F32", [1], 1, 5), bytes(5))
    yield "backwards", safetensors(one("F32", [1], 4, 0), bytes(4))
    yield "wide", safetensors(one("F8_E4M3", [4]), bytes(4))
    yield "large", safetensors(one("I64", [1], 0, 8), struct.pack("<q", 1 << 40))
    yield "long_axis", safetensors(one("F32", [1 << 63]), bytes(4))
    yield "axes", safetensors(one("F32", [1] * 9), bytes(4))
    yield "list", safetensors([1])
    yield "no_json", safetensors(b"{")
    yield "header", safetensors({}, size=1 << 60)
    yield "keys", safetensors({"a": {"dtype": "F32"}})
    yield "types", safetensors({"a": {"dtype": 1, "shape": [-1], "data_offsets": [0]}})


DENSE = {"name": "dense", "units": 1, "activation": "hard_sigmoid", "kernel_initializer": {"class_name": "Zeros", "config": {}}}


def keras3(units=1, compiled=None, policy="float32"):
    layers = [{"class_name": "InputLayer", "config": {"batch_shape": [None, 2], "name": "in"}},
              {"class_name": "Dense", "config": DENSE | {"units": units, "activation": "relu", "dtype": policy}}]
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    if compiled is not None:
        model["compile_config"] = compiled
    return json.dumps(model).encode()


def keras(config, version=b"3.15.1", state="weights_alone"):
    return archive([("metadata.json", b'{"keras_version": "%s"}' % version), ("config.json", config),
                    ("model.weights.h5", FILES["keras_file/" + state]), ("reel.json", b"note")])


def keras_file_seeds():
    sgd = {"optimizer": {"class_name": "SGD", "config": {}}, "loss": "mse", "metrics": ["mae"]}
    yield "sound", keras(keras3())
    yield "compiled", keras(keras3(compiled=sgd))
    yield "outputs", keras(keras3(compiled=sgd | {"loss": ["mse"], "loss_weights": [2], "metrics": [["mae"]]}))
    yield "half", keras(keras3(policy="mixed_bfloat16"))
    yield "policy", keras(keras3(policy={"class_name": "DTypePolicy", "config": {"name": "float16"}}))
    yield "large", keras(keras3(units=1 << 30))
    yield "unknown", keras(keras3().replace(b"Dense", b"Dents"))
    yield "no_json", keras(b"{")
    yield "list", keras(b"[]")
    yield "no_weights", archive([("metadata.json", b"{}"), ("config.json", keras3())])
    yield "no_config", archive([("metadata.json", b"{}")])
    yield "empty_weights", keras(keras3(), state="empty")
    first = {"class_name": "Dense", "config": DENSE | {"batch_input_shape": [None, 2], "implementation": 1}}
    yield "keras2_archive", keras(json.dumps({"class_name": "Sequential", "config": {"layers": [first]}}).encode(),
                                  b"2.12.0")
    yield "neither", b"text"
    yield from made("keras_file")


def checkpoint_seeds():
    """Without sums: those are looked at apart from the rest."""
    def tensor(dtype, shape, begin, end):
        return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}

    numbers = {"format": 1, "version": "0", "epoch": 1, "batch": 2, "stops": False, "orders": 1, "next_order": 2,
               "pass_batches": 2, "history": [{"epoch": 0, "logs": ["loss"]}],
               "callbacks": [{"best": {"not finite": 1}, "wait": 3, "keys": ["a", 1.5]}],
               "made_with": {"rows": 8, "layers": [{"class_name": "Dense"}]}}
    tensors = {"variable/0/dense/kernel": tensor("F32", [2], 0, 8), "callback/0/best_weights/0": tensor("I32", [2], 8, 16),
               "history/0": tensor("F64", [2], 16, 32), "losses": tensor("F64", [2], 32, 48),
               "total/0": tensor("F64", [1], 48, 56), "epoch_seconds": tensor("F64", [], 56, 64)}

    def file(state, header=None):
        text = state if isinstance(state, str) else json.dumps(state)
        header = tensors if header is None else header
        return safetensors({"__metadata__": {"reel_checkpoint_sha256": "0" * 64, "reel_checkpoint": text}} | header,
                           bytes(range(64)) if header is tensors else bytes(8))

    yield "sound", file(numbers)
    yield "nothing", b""
    yield "no_state", safetensors(tensors, bytes(64))
    yield "no_json", file("{")
    yield "list", file([1])
    yield "infinite", file('{"format": 1e999}')
    yield "no_tensors", file(numbers | {"history": [], "callbacks": []}, {"a": tensor("F64", [1], 0, 8)})
    for key, value in {"format": 2, "version": 1, "epoch": -1, "batch": 1.5, "stops": 0, "history": {}, "callbacks": 3,
                       "orders": "1"}.items():
        yield f"wrong_{key}", file(numbers | {key: value})
        yield f"without_{key}", file({name: of for name, of in numbers.items() if name != key})
    for name, history in {"names": [{"epoch": 0, "logs": [1]}], "number": [{"epoch": 0, "logs": []}],
                          "epoch": [{"logs": ["loss"]}], "more": [{"epoch": 0, "logs": ["loss"]}] * 2}.items():
        yield f"history_{name}", file(numbers | {"history": history})
    for name, key in {"total": "total/1", "callback": "callback/7/a", "losses": "losses", "seconds": "epoch_seconds"}.items():
        yield f"only_{name}", file(numbers | {"history": []}, {key: tensor("F32", [2], 0, 8)})
    yield "empty_losses", file(numbers | {"history": []}, {"losses": tensor("F64", [0], 0, 0),
                                                           "variable/a": tensor("F32", [2], 0, 8)})
    yield "infinities", file(numbers | {"callbacks": [{"a": {"not finite": 0}, "b": {"not finite": -1}}]})
