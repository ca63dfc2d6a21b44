"""Optimizers: two parameters after every step on given gradients, of which some are large and some zero; and what rates
schedules give."""
import keras
import numpy as np
from keras import optimizers as ko
from keras.optimizers import schedules as ks

from .case_set import as_array, generator

STEPS = 12
SHAPES = {"p0": (4, 3), "p1": (5,)}
RATES = 25  # of a schedule


def make(cases):
    write(cases, "optimizers", _optimizers(), _schedules())


def write(cases, file, optimizers, schedules_of):
    arrays = {}
    for parameter, shape in SHAPES.items():
        draw = generator("optimizers/" + parameter)
        arrays[parameter] = as_array(draw.standard_normal(shape))
        arrays["g" + parameter[1:]] = as_array(draw.standard_normal((STEPS, *shape)))
    arrays["g0"][4] = 0
    for gradient in ("g0", "g1"):
        arrays[gradient][6] *= 20  # what follows must forget it at its own pace
    specs = []
    keras.utils.clear_session()
    for name, optimizer in optimizers:
        config = optimizer.get_config()
        parameters = {key: keras.Variable(arrays[key], name=key) for key in SHAPES}
        after = {key: [] for key in SHAPES}
        for step in range(STEPS):
            optimizer.apply([arrays["g" + key[1:]][step] for key in SHAPES], list(parameters.values()))
            for key, parameter in parameters.items():
                after[key].append(np.asarray(parameter))
        if optimizer.use_ema:
            optimizer.finalize_variable_values(list(parameters.values()))
            after.update({f"{key}_final": np.asarray(parameter) for key, parameter in parameters.items()})
        keys = {key: f"{name}.{key}" for key in after}
        arrays.update({keys[key]: np.stack(values) for key, values in after.items()})
        spec = {"name": name, "keras_class": type(optimizer).__name__, "config": config, "arrays": keys}
        if not any(config[option] for option in ("clipnorm", "clipvalue", "global_clipnorm", "weight_decay")):
            spec["variables"] = [{"path": variable.path, "shape": list(variable.shape)}
                                 for variable in optimizer.variables]
        specs.append(spec)
        cases.add(f"{file}/{name}")
        keras.utils.clear_session()  # so that each is called by its class alone
    schedules = []
    for name, schedule in schedules_of:
        arrays["schedule." + name] = np.stack([np.float32(schedule(step)) for step in range(RATES)])
        schedules.append({"name": name, "keras_class": type(schedule).__name__, "config": schedule.get_config(),
                          "array": "schedule." + name})
        cases.add(f"{file}/schedules/{name}")
    inputs = {key: key for parameter in SHAPES for key in (parameter, "g" + parameter[1:])}
    cases.save(file, {"steps": STEPS, "inputs": inputs, "cases": specs, "schedules": schedules},
               arrays)


def _optimizers():
    """Each class alone and with each of its options; those much used with every way of clipping and decay, too."""
    options = {
        ko.SGD: {"learning_rate": 0.1},
        ko.Adam: {"learning_rate": 0.05},
        ko.AdamW: {"learning_rate": 0.05},
        ko.RMSprop: {"learning_rate": 0.05},
        ko.Adagrad: {"learning_rate": 0.1},
        ko.Adadelta: {"learning_rate": 1.0},
        ko.Adamax: {"learning_rate": 0.05},
        ko.Nadam: {"learning_rate": 0.05},
        ko.Lion: {"learning_rate": 0.02},
        ko.Ftrl: {"learning_rate": 0.1},
        ko.Lamb: {"learning_rate": 0.05},
        ko.Adafactor: {"learning_rate": 0.05},
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
        ko.Adagrad: {"start": {"initial_accumulator_value": 0.5, "epsilon": 0.01}},
        ko.Adadelta: {"rho": {"rho": 0.8}, "epsilon": {"epsilon": 0.01}},
        ko.Adamax: {"betas": {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 0.01}},
        ko.Nadam: {"betas": {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 0.01}},
        ko.Lion: {"betas": {"beta_1": 0.7, "beta_2": 0.8}},
        ko.Ftrl: {
            "l1": {"l1_regularization_strength": 0.2},
            "l2": {"l2_regularization_strength": 0.1, "l2_shrinkage_regularization_strength": 0.2},
            "power": {"learning_rate_power": -0.3, "initial_accumulator_value": 0.4, "beta": 0.3},
        },
        ko.Lamb: {"betas": {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 0.01}},
        ko.Adafactor: {
            "absolute_step": {"relative_step": False},
            "options": {"beta_2_decay": -0.6, "epsilon_1": 0.01, "epsilon_2": 0.02, "clip_threshold": 0.6},
        },
    }
    much_used = (ko.SGD, ko.Adam, ko.AdamW, ko.RMSprop)
    for kind, usual in options.items():
        name = kind.__name__.lower()
        if kind in much_used:
            yield name + "_defaults", kind()
        yield name, kind(**usual)
        for option, values in own[kind].items():
            yield f"{name}_{option}", kind(**usual, **values)
        for clip in ("clipnorm", "clipvalue", "global_clipnorm") if kind in much_used else ():
            yield f"{name}_{clip}", kind(**usual, **{clip: 0.8})
        if kind is not ko.AdamW:  # whose own it is
            yield name + "_weight_decay", kind(**usual, weight_decay=0.2)
    yield "sgd_average", ko.SGD(0.1, use_ema=True, ema_momentum=0.8)
    yield "adam_average_taken", ko.Adam(0.05, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=5)
    yield "sgd_accumulated", ko.SGD(0.1, momentum=0.8, gradient_accumulation_steps=3)
    yield "adam_accumulated_clipnorm", ko.Adam(0.05, clipnorm=0.5, gradient_accumulation_steps=2)
    yield "adamw_accumulated_average", ko.AdamW(0.05, gradient_accumulation_steps=3, use_ema=True, ema_momentum=0.8)
    yield "adam_schedule", ko.Adam(ks.CosineDecay(0.1, 6, alpha=0.2))
    yield "adamw_schedule_weight_decay", ko.AdamW(ks.PiecewiseConstantDecay([5], [0.1, 0.02]), weight_decay=0.1)
    yield "sgd_schedule_accumulated", ko.SGD(ks.ExponentialDecay(0.1, 2, 0.5), gradient_accumulation_steps=4)


def _schedules():
    for name, staircase in (("", False), ("_staircase", True)):
        yield "exponential_decay" + name, ks.ExponentialDecay(0.1, 6, 0.5, staircase=staircase)
        yield "inverse_time_decay" + name, ks.InverseTimeDecay(0.1, 6, 0.5, staircase=staircase)
    yield "piecewise_constant_decay", ks.PiecewiseConstantDecay([3, 10], [0.1, 0.03, 0.005])
    yield "polynomial_decay", ks.PolynomialDecay(0.1, 12)
    yield "polynomial_decay_power", ks.PolynomialDecay(0.1, 12, end_learning_rate=0.02, power=3.0)
    yield "polynomial_decay_cycle", ks.PolynomialDecay(0.1, 6, end_learning_rate=0.005, power=2.0, cycle=True)
    yield "cosine_decay", ks.CosineDecay(0.1, 12)
    yield "cosine_decay_alpha", ks.CosineDecay(0.1, 12, alpha=0.2)
    yield "cosine_decay_warmup", ks.CosineDecay(0.01, 12, alpha=0.05, warmup_target=0.1, warmup_steps=6)
    yield "cosine_decay_restarts", ks.CosineDecayRestarts(0.1, 5)
    yield "cosine_decay_restarts_options", ks.CosineDecayRestarts(0.1, 4, t_mul=1.5, m_mul=0.7, alpha=0.1)
