"""Models as graphs of layers: predictions, losses, gradients, and a few training steps on one batch."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers as kl

from .case_set import as_array, generator
from .layer_calls import draw_weight

STEPS = 4


def make(cases):
    for make_model in (_two_inputs_two_outputs, _shared_layer, _nested_model):
        keras.utils.clear_session()
        _Model(cases, *make_model())


class _Model:
    def __init__(self, cases, model, x, y):
        """`x`, `y`: by the names of inputs and outputs. `model` is compiled."""
        self.model, draw = model, generator("functional/" + model.name)
        model.set_weights([draw_weight(draw, weight) for weight in model.weights])
        x = {name: as_array(value) for name, value in x.items()}
        y = {name: as_array(value) for name, value in y.items()}
        fed, target = (named if len(named) > 1 else next(iter(named.values())) for named in (x, y))
        arrays = {f"x.{name}": value for name, value in x.items()}
        arrays.update({f"t.{name}": value for name, value in y.items()})
        predicted = model.predict(fed, verbose=0)
        predicted = predicted if isinstance(predicted, dict) else dict(zip(y, jax.tree.leaves(predicted)))
        arrays.update({f"y.{name}": predicted[name] for name in y})
        weights = [{"array": f"w{i}", "path": w.path, "trainable": w.trainable,
                    "gradient": f"dw{i}" if w.trainable else None, "after": f"w{i}_after"}
                   for i, w in enumerate(model.weights)]
        arrays.update({f"w{i}": np.asarray(w) for i, w in enumerate(model.weights)})
        test = model.test_on_batch(fed, target, return_dict=True)
        arrays.update({f"test.{log}": value for log, value in test.items()})
        arrays["total"], gradients = self._gradients(fed, target)
        arrays.update(gradients)
        logs = [model.train_on_batch(fed, target, return_dict=True) for _ in range(STEPS)]
        arrays.update({f"train.{log}": np.stack([step[log] for step in logs]) for log in logs[0]})
        arrays.update({f"w{i}_after": np.asarray(w) for i, w in enumerate(model.weights)})
        cases.save("functional/" + model.name, {
            "name": model.name,
            "keras_class": type(model).__name__,
            "config": model.get_config(),
            "compile": model.get_compile_config(),
            "inputs": [{"name": name, "array": f"x.{name}"} for name in x],
            "outputs": [{"name": name, "array": f"y.{name}", "target": f"t.{name}"} for name in y],
            "weights": weights,
            "total": "total",
            "test": {log: f"test.{log}" for log in test},
            "train": {log: f"train.{log}" for log in logs[0]},
            "steps": STEPS,
        }, arrays)
        cases.add("functional/" + model.name)

    def _gradients(self, fed, target):
        """The loss that training makes smaller, and its gradients."""
        model = self.model
        others = [v.value for v in model.non_trainable_variables]
        of_metrics = [v.value for v in model.metrics_variables]
        of_optimizer = [v.value for v in model.optimizer.variables]
        total, gradients = jax.value_and_grad(lambda values: model.compute_loss_and_updates(
            values, others, of_metrics, jax.tree.map(jnp.asarray, fed), target, None,
            training=True, optimizer_variables=of_optimizer)[0])([w.value for w in model.trainable_variables])
        place = {id(w): i for i, w in enumerate(model.weights)}
        return total, {f"dw{place[id(w)]}": gradient for w, gradient in zip(model.trainable_variables, gradients)}


def _two_inputs_two_outputs():
    """Outputs and their losses by name, of different weight; penalties on a kernel and on an activation."""
    left, right = keras.Input((3,), name="left"), keras.Input((4,), name="right")
    joined = kl.Concatenate(name="joined")([
        kl.Dense(4, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.01), name="of_left")(left),
        kl.Dense(3, activation="softplus", activity_regularizer=keras.regularizers.L2(0.02), name="of_right")(right)])
    amount = kl.Dense(2, kernel_constraint=keras.constraints.MaxNorm(0.9), name="amount")(joined)
    label = kl.Dense(3, activation="softmax", name="label")(joined)
    model = keras.Model({"left": left, "right": right}, {"amount": amount, "label": label}, name="two_and_two")
    model.compile(keras.optimizers.SGD(0.1, momentum=0.5),
                  loss={"amount": "mean_squared_error", "label": "sparse_categorical_crossentropy"},
                  loss_weights={"amount": 0.4, "label": 1.5},
                  metrics={"amount": ["mean_absolute_error"], "label": ["accuracy"]})
    draw = generator("two and two")
    return (model, {"left": draw.standard_normal((7, 3)), "right": draw.standard_normal((7, 4))},
            {"amount": draw.standard_normal((7, 2)), "label": draw.integers(0, 3, 7)})


def _shared_layer():
    """Two sentences, through the same table and recurrence; padding is masked."""
    first, second = keras.Input((5,), dtype="int32", name="first"), keras.Input((5,), dtype="int32", name="second")
    table, recurrence = kl.Embedding(8, 3, mask_zero=True, name="table"), kl.GRU(4, name="recurrence")
    read = [recurrence(table(ids)) for ids in (first, second)]
    difference = kl.Subtract(name="difference")(read)
    same = kl.Dense(1, activation="sigmoid", name="same")(kl.Multiply(name="product")([difference, read[0]]))
    model = keras.Model([first, second], same, name="shared_layer")
    model.compile(keras.optimizers.SGD(0.2), loss="binary_crossentropy", metrics=["accuracy"])
    draw = generator("shared layer")
    ids = [draw.integers(1, 8, (6, 5)) for _ in range(2)]
    ids[0][1, 3:] = ids[1][2, :2] = 0
    return model, {"first": ids[0], "second": ids[1]}, {"same": draw.integers(0, 2, (6, 1)).astype(float)}


def _nested_model():
    """A model within a model, which normalises its batches and is called twice."""
    inside = keras.Input((3,), name="inside")
    hidden = kl.BatchNormalization(momentum=0.7, name="normalized")(kl.Dense(3, activation="tanh", name="turn")(inside))
    inner = keras.Model(inside, hidden, name="inner")
    outside = keras.Input((3,), name="outside")
    once = inner(outside)
    total = kl.Add(name="total")([outside, inner(once)])
    block = keras.Sequential([kl.Dense(4, activation="softsign", name="wide")], name="block")
    tail = kl.Dense(2, name="tail")(block(total))
    model = keras.Model(outside, tail, name="nested_model")
    model.compile(keras.optimizers.Adam(0.02), loss="huber", metrics=["mean_squared_error"])
    draw = generator("nested model")
    return model, {"outside": draw.standard_normal((7, 3))}, {"tail": draw.standard_normal((7, 2))}
