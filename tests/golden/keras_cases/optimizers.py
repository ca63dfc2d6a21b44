"""Optimizers: two parameters after every step on given gradients, of which some are large and some zero."""
import keras
import numpy as np
from keras import optimizers as ko

from .case_set import as_array, generator

STEPS = 12
SHAPES = {"p0": (4, 3), "p1": (5,)}


def make(cases):
    arrays = {}
    for parameter, shape in SHAPES.items():
        draw = generator("optimizers/" + parameter)
        arrays[parameter] = as_array(draw.standard_normal(shape))
        arrays["g" + parameter[1:]] = as_array(draw.standard_normal((STEPS, *shape)))
    arrays["g0"][4] = 0
    for gradient in ("g0", "g1"):
        arrays[gradient][6] *= 20  # what follows must forget it at its own pace
    specs = []
    for name, optimizer in _optimizers():
        config = optimizer.get_config()
        parameters = {key: keras.Variable(arrays[key], name=key) for key in SHAPES}
        after = {key: [] for key in SHAPES}
        optimizer.build(list(parameters.values()))
        for step in range(STEPS):
            optimizer.apply([arrays["g" + key[1:]][step] for key in SHAPES])
            for key, parameter in parameters.items():
                after[key].append(np.asarray(parameter))
        keys = {key: f"{name}.{key}" for key in SHAPES}
        arrays.update({keys[key]: np.stack(values) for key, values in after.items()})
        specs.append({"name": name, "keras_class": type(optimizer).__name__, "config": config, "arrays": keys})
        cases.add("optimizers/" + name)
    inputs = {key: key for parameter in SHAPES for key in (parameter, "g" + parameter[1:])}
    cases.save("optimizers", {"steps": STEPS, "inputs": inputs, "cases": specs}, arrays)


def _optimizers():
    """Each class alone, with each of its options, and with every way of clipping and decay."""
    options = {
        ko.SGD: {"learning_rate": 0.1},
        ko.Adam: {"learning_rate": 0.05},
        ko.AdamW: {"learning_rate": 0.05},
        ko.RMSprop: {"learning_rate": 0.05},
    }
    own = {
        ko.SGD: {
            "momentum": {"momentum": 0.9},
            "nesterov": {"momentum": 0.9, "nesterov": True},
            "nesterov_without_momentum": {"nesterov": True},
            "momentum_clipvalue_decay": {"momentum": 0.8, "clipvalue": 0.7, "weight_decay": 0.1},
            "nesterov_clipnorm": {"momentum": 0.8, "nesterov": True, "clipnorm": 1.0},
        },
        ko.Adam: {
            "betas": {"beta_1": 0.5, "beta_2": 0.8},
            "without_first_moment": {"beta_1": 0.0},
            "epsilon": {"epsilon": 0.1},
            "amsgrad": {"amsgrad": True},
            "amsgrad_fast": {"amsgrad": True, "beta_1": 0.3, "beta_2": 0.6},
        },
        ko.AdamW: {
            "decay": {"weight_decay": 0.2},
            "amsgrad": {"amsgrad": True, "beta_2": 0.6},
            "betas_epsilon": {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01},
        },
        ko.RMSprop: {
            "rho": {"rho": 0.5},
            "momentum": {"momentum": 0.7},
            "centered": {"centered": True},
            "centered_momentum": {"centered": True, "momentum": 0.7, "rho": 0.8},
            "epsilon": {"epsilon": 0.1},
        },
    }
    for kind, usual in options.items():
        name = kind.__name__.lower()
        yield name + "_defaults", kind()
        yield name, kind(**usual)
        for option, values in own[kind].items():
            yield f"{name}_{option}", kind(**usual, **values)
        for clip in ("clipnorm", "clipvalue", "global_clipnorm"):
            yield f"{name}_{clip}", kind(**usual, **{clip: 0.8})
        if kind is not ko.AdamW:  # whose own it is
            yield name + "_weight_decay", kind(**usual, weight_decay=0.2)
