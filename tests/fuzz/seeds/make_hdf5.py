"""Makes hdf5_files.json, the seeds that take h5py to write: python3 make_hdf5.py, where that is installed.

Each is a small file, packed by zlib and written in base64, by its name: "hdf5/NAME" or "keras_file/NAME".
"""

import base64
import io
import json
import os
import zlib

import h5py
import numpy

def hdf5(fill, **options):
    out = io.BytesIO()
    with h5py.File(out, "w", **options) as file:
        fill(file)
    return out.getvalue()


def numbers(file):
    file.attrs["keras_version"] = "3.15.1"
    file.attrs["count"] = 3
    file.attrs["weight_names"] = [b"a", b"bc"]
    for name in ("<f2", "<f4", "<f8", ">f4", "<i4", "<i8", "u1", "<u8"):
        file[f"group/{name[-2:]}{name[0] == '>'}"] = numpy.arange(3).astype(name)
    file["scalar"] = numpy.float32(1)
    file["truths"] = numpy.array([True, False])
    file["empty"] = numpy.zeros((0, 2), "f4")
    halves = file.create_dataset("bfloat16", data=numpy.zeros(2, "V2"))
    halves.attrs["dtype"] = "bfloat16"


def compact_properties():
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    return properties


def hdf5_seeds():
    sound = hdf5(numbers)
    yield "sound", sound
    yield "empty", hdf5(lambda file: None)
    yield "packed", hdf5(lambda file: file.create_dataset("a", data=numpy.zeros((40, 9), "f4"), compression="gzip",
                                                          shuffle=True, fletcher32=True))
    yield "lzf", hdf5(lambda file: file.create_dataset("a", data=numpy.zeros(400), compression="lzf"))
    yield "bomb", hdf5(lambda file: file.create_dataset("a", (1 << 40,), "f4", chunks=(1 << 16,)))
    yield "many_axes", hdf5(lambda file: file.create_dataset("a", data=numpy.zeros([1] * 9)))
    yield "large_integer", hdf5(lambda file: file.create_dataset("a", data=[1 << 40]))
    yield "unsigned", hdf5(lambda file: file.create_dataset("a", data=numpy.array([2 ** 64 - 1], "u8")))
    yield "text", hdf5(lambda file: file.create_dataset("a", data="text"))
    yield "compound", hdf5(lambda file: file.create_dataset("a", data=numpy.zeros(2, "i4,f4")))
    yield "quadruple", hdf5(lambda file: file.create_dataset("a", data=numpy.zeros(2, "g")))
    yield "opaque", hdf5(lambda file: file.create_dataset("a", data=numpy.zeros(2, "V2")))
    yield "soft_link", hdf5(lambda file: file.__setitem__("a", h5py.SoftLink("/")))
    yield "external_link", hdf5(lambda file: file.__setitem__("a", h5py.ExternalLink("/etc/passwd", "/")))
    yield "external_data", hdf5(lambda file: file.create_dataset("a", (2,), "u1", external=[("/etc/passwd", 0, 2)]))
    yield "type", hdf5(lambda file: file.__setitem__("a", numpy.dtype("f4")))
    yield "fixed_text", hdf5(lambda file: file.attrs.create("a", numpy.bytes_(b"text")))
    yield "long_list", hdf5(lambda file: [file.attrs.create(f"names{i}", [b"a"]) for i in range(2)])

    def virtual(file):
        layout = h5py.VirtualLayout((2,), "f4")
        layout[:] = h5py.VirtualSource("other.h5", "a", (2,))
        file.create_virtual_dataset("a", layout)

    def cycle(file):
        file.create_group("a")["b"] = file["/"]

    def chunks(file):
        values = numpy.arange(70).reshape(7, 5, 2)
        file.create_dataset("edges", data=values.astype(">f4"), chunks=(3, 2, 2))
        file.create_dataset("shuffled", data=values.astype("<i2"), chunks=(2, 5, 1), shuffle=True, compression="gzip")
        file.create_dataset("summed", data=values.astype("f8")[:, :, 0], chunks=(7, 3), fletcher32=True)
        file.create_dataset("odd", data=values.astype("i1")[:, 0, 0], chunks=(7,), fletcher32=True)
        file.create_dataset("missing", (9, 4), "f4", chunks=(2, 4), fillvalue=2.5)[4:6] = 1
        file.create_dataset("unwritten", (3,), "i4", fillvalue=-7)
        file.create_dataset("zeros", (3,), "f8")

    def linked(file):
        for i in range(10):
            file[str(i)] = numpy.float32(i)
        for i in range(20):
            file.attrs[f"attribute {i}"] = str(i)

    yield "chunks", hdf5(chunks)
    yield "linked", hdf5(linked)
    yield "compact", hdf5(lambda file: h5py.h5d.create(file.id, b"a", h5py.h5t.NATIVE_INT32, h5py.h5s.create_simple((2,)),
                                                       compact_properties()).write(h5py.h5s.ALL, h5py.h5s.ALL,
                                                                                   numpy.array([1, -2], "i4")))
    yield "latest", hdf5(numbers, libver="latest")
    yield "latest_chunks", hdf5(lambda file: file.create_dataset("a", data=numpy.zeros(9), chunks=(2,)), libver="latest")
    yield "latest_links", hdf5(lambda file: [file.create_group(str(i)) for i in range(10)], libver="latest")
    yield "latest_attributes", hdf5(lambda file: [file.attrs.create(str(i), i) for i in range(9)], libver="latest")
    yield "latest_soft", hdf5(lambda file: file.__setitem__("a", h5py.SoftLink("/")), libver="latest", track_order=True)
    yield "before_it", hdf5(lambda file: None, userblock_size=512)
    yield "virtual", hdf5(virtual)
    yield "cycle", hdf5(cycle)


def initializer(name):
    return {"class_name": name, "config": {}}


DENSE = {"name": "dense", "units": 1, "activation": "hard_sigmoid", "kernel_initializer": initializer("Zeros")}


def weights(file):
    file["layers/dense/vars/0"] = numpy.ones((2, 1), "f4")
    file["layers/dense/vars/1"] = numpy.ones(1, "f4")
    file["optimizer/vars/0"] = numpy.int32(1)
    file["optimizer/vars/1"] = numpy.float32(0.1)


def legacy(config, version="2.21.0", training=None):
    def fill(file):
        file.attrs["keras_version"] = version
        file.attrs["model_config"] = json.dumps(config)
        if training is not None:
            file.attrs["training_config"] = json.dumps(training)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"dense"]
        dense = group.create_group("dense")
        dense.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
        dense["dense/kernel:0"] = numpy.ones((2, 1), "f4")
        dense["dense/bias:0"] = numpy.ones(1, "f4")

    return hdf5(fill)


def keras_file_seeds():
    first = {"class_name": "Dense", "config": DENSE | {"batch_input_shape": [None, 2], "implementation": 1}}
    yield "keras2", legacy({"class_name": "Sequential", "config": [first]})
    names = {"name": "in", "inbound_nodes": []}
    graph = [{"class_name": "InputLayer", "config": {"batch_input_shape": [None, 2], "name": "in", "sparse": False}}
             | names,
             {"class_name": "Dense", "config": DENSE, "name": "dense", "inbound_nodes": [[["in", 0, 0, {}]]]}]
    functional = {"class_name": "Model", "config": {"name": "m", "layers": graph, "input_layers": [["in", 0, 0]],
                                                    "output_layers": [["dense", 0, 0]]}}
    training = {"optimizer_config": {"class_name": "Custom>SGD", "config": {"lr": 0.1, "decay": 0.0}}, "loss": "mse",
                "metrics": [[{"class_name": "MeanMetricWrapper", "config": {"fn": "mae"}}]]}
    yield "keras2_functional", legacy(functional, training=training)
    yield "time_major", legacy({"class_name": "Sequential", "config": [
        {"class_name": "Dense", "config": DENSE | {"batch_input_shape": [None, 2], "time_major": True}}]})
    others = [{"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4, 2], "name": "in"}},
              {"class_name": "LeakyReLU", "config": {"name": "a", "alpha": 0.1}},
              {"class_name": "GRU", "config": {"name": "g", "units": 1, "recurrent_activation": "hard_sigmoid"}},
              {"class_name": "DepthwiseConv2D", "config": {"name": "d", "kernel_size": 1, "filters": 1}},
              {"class_name": "BatchNormalization", "config": {"name": "b", "axis": [2], "kernel_initializer": {
                  "class_name": "VarianceScaling", "config": {"distribution": "normal"}}}}]
    yield "keras2_arguments", legacy({"class_name": "Sequential", "config": {"name": "s", "layers": others}})
    yield "weights_alone", hdf5(weights)
    yield "empty", hdf5(lambda file: None)


if __name__ == "__main__":
    made = {}
    for target, seeds in (("hdf5", hdf5_seeds()), ("keras_file", keras_file_seeds())):
        for name, data in seeds:
            made[f"{target}/{name}"] = base64.b64encode(zlib.compress(data, 9)).decode()
    with open(os.path.join(os.path.dirname(__file__), "hdf5_files.json"), "w") as out:
        json.dump(made, out, indent=0)
