"""Short trainings: the zoo's models in miniature, from given weights, batches in order."""
import keras
import numpy as np
from keras import layers as kl

from .case_set import Part, as_array, generator

# A run whose initial weights are moved by a unit in the last place must stay this close to the first, or else another
# implementation could not follow it, however right.
MOST_DRIFT = 1e-6


def make(cases):
    part = _Runs(cases)
    _reviews(part)
    _rows(part)
    cases.save("training/miniatures", {"runs": part.specs}, part.arrays)


class _Runs(Part):
    def add(self, name, layers, loss, optimizer, x, y=None, batch_size=6, epochs=3, metrics=("accuracy",),
            sample_weight=None, **options):
        """`y`: x itself if not given. `options`: of fit, stored by their names."""
        data = {"array": x, "target": x if y is None else y, "sample_weight": sample_weight}
        data = {key: as_array(value) for key, value in data.items() if value is not None}
        options = {"batch_size": batch_size, "epochs": epochs, "shuffle": False, **options}
        run = _Run(name, layers, loss, optimizer, list(metrics), data, options)
        run.train(run.weights)
        _check_drift(run)
        self._store(run)

    def _store(self, run):
        key = {array: f"{run.name}.{array}" for array in run.arrays}
        self.arrays.update({key[array]: value for array, value in run.arrays.items()})
        data = {role: key[role] for role in run.data}
        if data["target"] and np.array_equal(run.data["array"], run.data["target"]):
            del data["target"], self.arrays[key["target"]]
        self.specs.append({
            "name": run.name,
            "layers": [{"class": type(layer).__name__, "config": layer.get_config()} for layer in run.model.layers],
            "loss": run.loss,
            "optimizer_class": type(run.model.optimizer).__name__,
            "optimizer": run.model.optimizer.get_config(),
            "metrics": run.metrics,
            **run.options,
            "data": data,
            "weights": [{"array": key[f"w{i}"], "path": weight.path, "final": key[f"w{i}_final"]}
                        for i, weight in enumerate(run.model.weights)],
            "history": run.history_keys,
            "evaluate_after": run.evaluated,
            "rows_beyond_rounding": 0,
        })
        self.cases.add("training/miniatures/" + run.name)


class _Run:
    def __init__(self, name, layers, loss, optimizer, metrics, data, options):
        self.name, self.loss, self.metrics, self.data, self.options = name, loss, metrics, data, options
        self.make_model = lambda: self._compiled(layers(), optimizer())
        draw = generator("training/" + name)
        self.weights = [as_array(draw.uniform(-1, 1, w.shape) / np.sqrt(max(2, w.shape[0])))
                        for w in self.make_model().weights]

    def _compiled(self, layers, optimizer):
        x = self.data["array"]
        model = keras.Sequential([keras.Input(x.shape[1:], dtype=x.dtype.name), *layers])
        model.compile(loss=self.loss, optimizer=optimizer, metrics=list(self.metrics))
        return model

    def train(self, weights):
        """Sets `arrays`: data, weights before and after, what is logged, and what is predicted in the end."""
        model = self.model = self.make_model()
        model.set_weights(weights)
        seen = _FirstEpoch()
        x, y = self.data["array"], self.data["target"]
        weight = {"sample_weight": self.data["sample_weight"]} if "sample_weight" in self.data else {}
        history = model.fit(x, y, verbose=0, callbacks=[seen], **weight, **self.options).history
        self.history_keys = list(history)
        self.arrays = dict(self.data)
        self.arrays.update({f"w{i}": value for i, value in enumerate(weights)})
        self.arrays.update({f"w{i}_final": value for i, value in enumerate(model.get_weights())})
        self.arrays.update({key: np.float32(values) for key, values in history.items()})
        for key in seen.logs[0]:
            self.arrays["first_epoch_running_" + key] = np.float32([logs[key] for logs in seen.logs])
        self.arrays["final_pred"] = model.predict(x, verbose=0)
        self.evaluated = model.evaluate(x, y, batch_size=self.options["batch_size"], return_dict=True, verbose=0)


class _FirstEpoch(keras.callbacks.Callback):
    """Collects the means of loss and metrics so far, after each batch of the first epoch."""

    def __init__(self):
        super().__init__()
        self.logs, self.epoch = [], 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch == 0:
            self.logs.append(dict(logs))


def _check_drift(run):
    kept, kept_evaluated = run.arrays, run.evaluated
    draw = generator("drift of " + run.name)
    run.train([as_array(w * (1 + 1e-7 * draw.choice([-1.0, 1.0], w.shape))) for w in run.weights])
    for key, value in run.arrays.items():
        drift = np.max(np.abs(np.asarray(value, np.float64) - kept[key]), initial=0)
        assert drift <= MOST_DRIFT, f"training/{run.name}: a unit in the last place moves {key} by {drift}"
    run.arrays, run.evaluated = kept, kept_evaluated


def _padded_reviews(rows, steps, words):
    """Ids with padding in front, and a label that some of the words speak for."""
    draw = generator("reviews")
    ids = draw.integers(1, words, (rows, steps))
    for row, length in enumerate(draw.integers(2, steps + 1, rows)):
        ids[row, : steps - length] = 0
    votes = np.where(ids == 0, 0, np.where(ids % 2 == 0, 1, -1)).sum(1)
    return ids, (votes > 0).astype(int)


def _reviews(part):
    """Embedding, a recurrence and a Dense, with Adam as in the zoo and with SGD, and what fit can be told besides."""
    x, y = _padded_reviews(20, 7, 9)

    def add(name, layer, optimizer, mask=False, **options):
        part.add(name, lambda: [kl.Embedding(9, 3, mask_zero=mask), layer(4), kl.Dense(1, activation="sigmoid")],
                 "binary_crossentropy", optimizer, x, y, **options)

    for name, layer in (("simple_rnn", kl.SimpleRNN), ("lstm", kl.LSTM), ("gru", kl.GRU)):
        add(name + "_adam", layer, keras.optimizers.Adam)
        add(name + "_sgd", layer, lambda: keras.optimizers.SGD(0.1, momentum=0.9))
        add(name + "_masked", layer, lambda: keras.optimizers.SGD(0.2), mask=True)
    add("simple_rnn_validated", kl.SimpleRNN, lambda: keras.optimizers.SGD(0.2), validation_split=0.25)
    weight = generator("weights of reviews").uniform(0, 2, len(x))
    add("gru_weighted", kl.GRU, lambda: keras.optimizers.SGD(0.2), sample_weight=weight)
    add("gru_amsgrad_clipped", kl.GRU, lambda: keras.optimizers.Adam(0.01, amsgrad=True, global_clipnorm=0.2))
    # A loss of every step that is not padding. On JAX metrics of training do not see the mask, so there are none.
    part.add("lstm_masked_steps",
             lambda: [kl.Embedding(9, 3, mask_zero=True), kl.LSTM(4, return_sequences=True),
                      kl.Dense(1, activation="sigmoid")],
             "binary_crossentropy", lambda: keras.optimizers.SGD(0.2), x, (x % 2 == 0)[..., None], metrics=())


def _rows(part):
    draw = generator("rows")
    x = draw.uniform(0, 1, (25, 6))
    part.add("autoencoder", lambda: [kl.Dense(3, activation="relu"), kl.Dense(6, activation="relu")],
             "mean_squared_error", lambda: keras.optimizers.SGD(0.1), x, batch_size=10, epochs=5)
    part.add("autoencoder_images",
             lambda: [kl.Dense(5, activation="relu"), kl.Dense(3, activation="relu"), kl.Dense(5, activation="relu"),
                      kl.Dense(6, activation="sigmoid")],
             "binary_crossentropy", keras.optimizers.Adam, x, batch_size=8,
             metrics=("mean_squared_error", "accuracy"))
    classes = draw.integers(0, 3, 25)
    part.add("classifier_rmsprop", lambda: [kl.Dense(5, activation="tanh"), kl.Dense(3, activation="softmax")],
             "sparse_categorical_crossentropy", lambda: keras.optimizers.RMSprop(0.01), x, classes)
    part.add("classifier_adamw", lambda: [kl.Dense(5, activation="tanh"), kl.Dense(3, activation="softmax")],
             "categorical_crossentropy", lambda: keras.optimizers.AdamW(0.01), x, np.eye(3)[classes])
