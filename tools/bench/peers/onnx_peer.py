"""ONNX Runtime, which only predicts, on models put together here: MODEL THREADS SECONDS FOLDER."""

import measure
import numpy as np
import onnxruntime
from batches import FEATURES, STEPS, WORDS
from measure import EMBEDDING, HIDDEN, UNITS
from onnx import TensorProto, helper, numpy_helper

chosen = measure.options()
random = np.random.default_rng(0)


def weight(name, *shape):
    """An initializer of small normal numbers."""
    return numpy_helper.from_array(random.normal(0, 0.05, shape).astype(np.float32), name)


def review_graph():
    """ids [rows, steps] -> [rows, 1]; the recurrent operators want [steps, rows, features]."""
    kind, gates = {"simple_rnn": ("RNN", 1), "lstm": ("LSTM", 4), "gru": ("GRU", 3)}[chosen.model]
    width = gates * UNITS
    initializers = [weight("table", WORDS, EMBEDDING), weight("W", 1, width, EMBEDDING),
                    weight("R", 1, width, UNITS), weight("B", 1, 2 * width), weight("out", UNITS, 1),
                    weight("out_bias", 1), numpy_helper.from_array(np.array([0], np.int64), "axis")]
    attributes = {"linear_before_reset": 1} if kind == "GRU" else {}
    nodes = [helper.make_node("Transpose", ["ids"], ["by_step"], perm=[1, 0]),
             helper.make_node("Gather", ["table", "by_step"], ["x"]),
             helper.make_node(kind, ["x", "W", "R", "B"], ["", "state"], hidden_size=UNITS, **attributes),
             helper.make_node("Squeeze", ["state", "axis"], ["h"]),
             helper.make_node("Gemm", ["h", "out", "out_bias"], ["logit"]),
             helper.make_node("Sigmoid", ["logit"], ["y"])]
    ids = helper.make_tensor_value_info("ids", TensorProto.INT32, ["rows", STEPS])
    return nodes, ids, helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 1]), initializers


def autoencoder_graph():
    initializers = [weight("in", FEATURES, HIDDEN), weight("in_bias", HIDDEN),
                    weight("out", HIDDEN, FEATURES), weight("out_bias", FEATURES)]
    nodes = [helper.make_node("Gemm", ["x", "in", "in_bias"], ["a"]), helper.make_node("Relu", ["a"], ["h"]),
             helper.make_node("Gemm", ["h", "out", "out_bias"], ["b"]), helper.make_node("Relu", ["b"], ["y"])]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", FEATURES]) for name in "xy")
    return nodes, x, y, initializers


def build():
    nodes, x, y, initializers = autoencoder_graph() if chosen.model == "autoencoder" else review_graph()
    graph = helper.make_graph(nodes, chosen.model, [x], [y], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = chosen.threads
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    return None, lambda rows: session.run(None, {x.name: rows})


measure.run(f"ONNX Runtime {onnxruntime.__version__}", chosen, build)
