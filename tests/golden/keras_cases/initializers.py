"""Initializers that draw nothing; regularizers with gradients; what constraints make of weights."""
import jax
import jax.numpy as jnp
from keras import constraints as kc
from keras import initializers as ki
from keras import regularizers as kr

from .case_set import as_array, generator

SHAPES = {"vector": (5,), "matrix": (4, 3), "tensor": (3, 2, 4)}


def make(cases):
    arrays = {name: as_array(1.5 * generator("initializers/" + name).standard_normal(shape))
              for name, shape in SHAPES.items()}
    kinds = {"initializers": [], "regularizers": [], "constraints": []}

    def add(kind, name, made, spec, results):
        keys = {role: f"{kind}.{name}.{role}" for role in results}
        arrays.update({keys[role]: value for role, value in results.items()})
        kinds[kind].append({"name": name, "keras_class": type(made).__name__, "config": made.get_config(), **spec,
                            **keys})
        cases.add(f"initializers/{kind}/{name}")

    for name, initializer, shape in _initializers():
        add("initializers", name, initializer, {"shape": shape}, {"value": initializer(shape)})
    for name, regularizer, x in _regularizers():
        value, gradient = jax.value_and_grad(lambda w: jnp.sum(regularizer(w)))(jnp.asarray(arrays[x]))
        add("regularizers", name, regularizer, {"x": x}, {"value": value, "gradient": gradient})
    for name, constraint, x in _constraints():
        add("constraints", name, constraint, {"x": x}, {"value": constraint(jnp.asarray(arrays[x]))})
    cases.save("initializers", {"inputs": list(SHAPES), **kinds}, arrays)


def _initializers():
    yield "zeros", ki.Zeros(), [3, 2]
    yield "ones", ki.Ones(), [3, 2]
    yield "constant", ki.Constant(0.3), [4]
    yield "constant_default", ki.Constant(), [4]
    yield "identity", ki.Identity(), [3, 3]
    yield "identity_wide", ki.Identity(), [2, 4]
    yield "identity_tall", ki.Identity(), [4, 2]


def _regularizers():
    for x in SHAPES:
        yield "l1_" + x, kr.L1(0.2), x
        yield "l2_" + x, kr.L2(0.3), x
        yield "l1_l2_" + x, kr.L1L2(0.2, 0.3), x
    yield "l1_default", kr.L1(), "matrix"
    yield "l2_default", kr.L2(), "matrix"
    yield "l1_l2_default", kr.L1L2(), "matrix"
    yield "orthogonal_rows", kr.OrthogonalRegularizer(0.1), "matrix"
    yield "orthogonal_columns", kr.OrthogonalRegularizer(0.1, mode="columns"), "matrix"


def _constraints():
    for x, axis in (("vector", 0), ("matrix", 0), ("matrix", 1), ("tensor", [0, 1])):
        name = f"{x}_{axis}" if isinstance(axis, int) else x
        yield "max_norm_" + name, kc.MaxNorm(1.2, axis=axis), x
        yield "unit_norm_" + name, kc.UnitNorm(axis=axis), x
        yield "min_max_norm_" + name, kc.MinMaxNorm(1.8, 2.2, rate=0.6, axis=axis), x
    yield "max_norm_default", kc.MaxNorm(), "matrix"
    yield "min_max_norm_default", kc.MinMaxNorm(), "matrix"
    for x in SHAPES:
        yield "non_neg_" + x, kc.NonNeg(), x
