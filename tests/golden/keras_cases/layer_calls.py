"""Calls of layers with several inputs and outputs, masks and states: what comes out, and the gradients of
sum(y * g) + losses in every input and weight."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras.src.backend import get_keras_mask, set_keras_mask  # as layers within a model hand masks on

from .case_set import Part, as_array, generator


class LayerCalls(Part):
    def add(self, name, layer, *args, training=False, mask=None, initial_state=None, exact=False, **call):
        """`args`: what the layer is called with, as arrays, their shapes, or lists of these, however nested. `mask`: of
        0 and 1, or a list of them. `exact`: y moves or picks values alone. `call`: further arguments of the call, masks
        or True."""
        arguments = _Arguments(name, args, mask, initial_state, call)
        weights = _Weights(layer, arguments, training)
        results = _Results(layer, weights, arguments, training)
        arrays = {**arguments.arrays, **weights.arrays, **results.arrays}
        key = {array: f"{len(self.specs)}.{array}" for array in arrays}
        description = {
            "name": name,
            "keras_class": type(layer).__name__,
            "config": layer.get_config(),
            "training": training,
            "inputs": [arguments.described(x, key) for x in arguments.arrays],
            "call_args": _named(arguments.args, key),
            "call_kwargs": {**{option: _named(value, key) for option, value in arguments.options.items()},
                            **arguments.switches},
            "weights": weights.described(key),
            "outputs": [{role: key[role_array] for role, role_array in
                         (("array", f"y{i}"), ("cotangent", f"g{i}"), ("mask", f"mask_out{i}")) if role_array in key}
                        for i in range(results.count)],
            **({"losses": key["losses"]} if "losses" in key else {}),
            **({"exact": True} if exact else {}),
            **weights.noise(key),
        }
        self.arrays.update({key[array]: value for array, value in arrays.items()})
        self.specs.append(description)
        self._finish(name)

    def add_stateful(self, name, layer, shape, calls=3):
        """Calls of which each begins with the states of the one before, but the last, before which these are reset."""
        arguments = [_Arguments(f"{name}/{i}", [shape], None, None) for i in range(calls)]
        weights = _Weights(layer, arguments[0], False)
        arrays, described = dict(weights.arrays), []
        for i, one in enumerate(arguments):
            if i == calls - 1:
                layer.reset_states()
            results = _Results(layer, weights, one, False)
            for state, value in zip(_states(layer), results.states):
                state.assign(value)
            of_call = {"x": one.arrays["x0"], "y": results.arrays["y0"], "g": results.arrays["g0"],
                       "dx": results.arrays["dx0"]}
            arrays.update({f"{role}{i}": value for role, value in of_call.items()})
            for j in range(len(weights.arrays)):
                arrays[f"dw{j}"] = arrays.get(f"dw{j}", 0) + results.arrays[f"dw{j}"]
            described.append({**({"reset": True} if i == calls - 1 else {}), "args": [{"array": f"x{i}"}]})
        self.cases.save("layers/" + name, {
            "name": name,
            "keras_class": type(layer).__name__,
            "config": layer.get_config(),
            "training": False,
            "inputs": [{"array": f"x{i}", "gradient": f"dx{i}"} for i in range(calls)],
            "calls": described,
            "weights": weights.described({array: array for array in arrays}),
            "outputs": [{"array": f"y{i}", "cotangent": f"g{i}"} for i in range(calls)],
        }, arrays)
        self._finish(name)

    def _finish(self, name):
        self.cases.add("layers/" + name)
        keras.utils.clear_session()  # so that the names of each case's layers count from one


def _named(tree, key):
    return [_named(part, key) for part in tree] if isinstance(tree, list) else {"array": key[tree]}


def _states(layer):
    """What a stateful recurrence keeps, which is no weight."""
    halves = [layer.forward_layer, layer.backward_layer] if isinstance(layer, keras.layers.Bidirectional) else [layer]
    return [state for half in halves for state in jax.tree.leaves(getattr(half, "states", None))]


class _Arguments:
    """What a layer is called with. Each array has a name: x0, x1, ..., masks last."""

    def __init__(self, name, args, mask, initial_state, call={}):
        self.draw, self.arrays, self.masks = generator("layers/" + name), {}, set()
        self.args = [self._name(arg) for arg in args]
        self.options = {}
        if initial_state is not None:
            self.options["initial_state"] = self._name(initial_state)
        known = set(self.arrays)
        if mask is not None:
            self.options["mask"] = self._name(mask)
        self.switches = {option: True for option, value in call.items() if value is True}
        for option in call.keys() - self.switches.keys():
            self.options[option] = self._name(call[option])
        self.masks = set(self.arrays) - known

    def _name(self, value):
        if isinstance(value, list):
            return [self._name(element) for element in value]
        name = f"x{len(self.arrays)}"
        self.arrays[name] = as_array(self.draw.standard_normal(value) if isinstance(value, tuple) else value)
        return name

    def floats(self):
        return {x: jnp.asarray(value) for x, value in self.arrays.items() if value.dtype == np.float32}

    def described(self, x, key):
        spec = {"array": key[x], "gradient": key["d" + x]} if "d" + x in key else {"array": key[x]}
        return {**spec, "bool": True} if x in self.masks else spec

    def call(self, layer, values, training):
        """`values`: of the arrays, by their names."""
        def of(tree):
            if isinstance(tree, list):
                return [of(part) for part in tree]
            is_mask = tree in self.masks and not isinstance(values[tree], keras.KerasTensor)
            return values[tree].astype(bool) if is_mask else values[tree]

        args, options = of(self.args), {option: of(value) for option, value in self.options.items()}
        if isinstance(options.get("mask"), list):  # of layers that take their inputs' masks from these themselves
            for x, mask in zip(args[0], options.pop("mask")):
                if not isinstance(x, keras.KerasTensor):
                    set_keras_mask(x, mask)
        return layer(*args, **options, **self.switches, training=training)


class _Weights:
    """A layer's weights, drawn anew."""

    def __init__(self, layer, arguments, training):
        symbols = {x: keras.KerasTensor(value.shape, "bool" if x in arguments.masks else value.dtype.name)
                   for x, value in arguments.arrays.items()}
        arguments.call(layer, symbols, training)  # builds it
        self.variables = layer.weights
        layer.set_weights([draw_weight(arguments.draw, weight) for weight in self.variables])
        self.arrays = {f"w{i}": np.asarray(weight) for i, weight in enumerate(self.variables)}

    def described(self, key):
        specs = []
        for i in range(len(self.variables)):
            roles = {"array": f"w{i}", "gradient": f"dw{i}", "after": f"w{i}_after"}
            specs.append({role: key[array] for role, array in roles.items() if array in key})
        return specs

    def noise(self, key):
        """Gradients that are zero in exact arithmetic: a bias of the keys moves all scores of a query alike."""
        noise = [key[f"dw{i}"] for i, weight in enumerate(self.variables) if weight.path.endswith("/key/bias")]
        return {"rounding_noise": noise} if noise else {}


def draw_weight(draw, weight):
    if weight.path.endswith("variance"):
        return as_array(draw.uniform(0.5, 2, weight.shape))
    spread = 1 / np.sqrt(weight.shape[0]) if weight.path.endswith("kernel") else 0.5
    return as_array(spread * draw.standard_normal(weight.shape))


class _Results:
    """What one call gives: y0, y1, ..., what is drawn to go back through them as g0, g1, ..., and what comes of it."""

    def __init__(self, layer, weights, arguments, training):
        trained = {f"w{i}": weight for i, weight in enumerate(weights.variables) if weight.trainable}
        others = {f"w{i}": weight for i, weight in enumerate(weights.variables) if not weight.trainable}
        states = _states(layer)

        def forward(floats, values):
            mapping = [(trained[w], value) for w, value in values.items()]
            mapping += [(variable, variable.value) for variable in [*layer.non_trainable_variables, *states]]
            with keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
                outputs = jax.tree.leaves(arguments.call(layer, {**arguments.arrays, **floats}, training))
                losses = layer.losses
                after = {w: scope.get_current_value(variable) for w, variable in others.items()}
                kept = [scope.get_current_value(state) for state in states]
            masks = [get_keras_mask(y) for y in outputs]
            return (outputs, sum(losses) if losses else None), (masks, after, kept)

        (outputs, losses), pull_back, (masks, after, self.states) = jax.vjp(
            jax.jit(forward), arguments.floats(), {w: variable.value for w, variable in trained.items()}, has_aux=True)
        cotangents = [as_array(arguments.draw.standard_normal(y.shape)) for y in outputs]
        dx, dw = pull_back(([jnp.asarray(g) for g in cotangents], None if losses is None else jnp.ones_like(losses)))
        self.count = len(outputs)
        self.arrays = {f"d{name}": gradient for name, gradient in {**dx, **dw}.items()}
        for i, (y, g, mask) in enumerate(zip(outputs, cotangents, masks)):
            self.arrays.update({f"y{i}": y, f"g{i}": g})
            if mask is not None and len(mask) == len(y):  # shares of attention have what hid pairs, for all rows
                self.arrays[f"mask_out{i}"] = mask
        if losses is not None:
            self.arrays["losses"] = losses
        if training:
            self.arrays.update({f"{w}_after": value for w, value in after.items()})
