"""Metrics: what "accuracy" resolves to in a compiled model, and classes fed in two parts."""
import keras
import numpy as np
from keras import metrics as km

from .case_set import Part, as_array, generator


def make(cases):
    part = Metrics(cases)
    _compiled(part)
    _accuracies(part)
    _losses(part)
    _counts(part)
    _matrices(part)
    _others(part)
    cases.save("metrics", {"compiled_accuracy": part.compiled, "cases": part.specs}, part.arrays)


class Metrics(Part):
    file = "metrics"

    def __init__(self, cases):
        super().__init__(cases)
        self.compiled = []

    def _keys(self, name, y_true, y_pred):
        self.arrays[f"{name}.y_true"], self.arrays[f"{name}.y_pred"] = y_true, y_pred
        return {"y_true": f"{name}.y_true", "y_pred": f"{name}.y_pred"}

    def add_compiled(self, name, loss, y_true, y_pred, batch_size=5):
        """A model that returns y_pred, evaluated in batches of which the last is smaller."""
        y_true, y_pred = as_array(y_true), as_array(np.float32(y_pred))
        model = keras.Sequential([keras.Input(y_pred.shape[1:]), keras.layers.Activation("linear")])
        model.compile(loss=loss, metrics=["accuracy"])
        value, accuracy = model.evaluate(y_pred, y_true, batch_size=batch_size, verbose=0)
        self.compiled.append({"name": name, "loss": loss, "batch_size": batch_size, "accuracy": float(accuracy),
                              "loss_value": float(value), "arrays": self._keys("compiled." + name, y_true, y_pred)})
        self.cases.add("metrics/accuracy/" + name)

    def add(self, name, metric, y_true, y_pred, split, weighted=False):
        """`weighted`: also one update with a weight for each row."""
        y_true, y_pred = as_array(y_true), as_array(np.float32(y_pred))
        config = metric.get_config()
        metric.update_state(y_true[:split], y_pred[:split])
        first = _number(metric.result())
        metric.update_state(y_true[split:], y_pred[split:])
        spec = {"name": name, "keras_class": type(metric).__name__, "config": config, "split": split,
                "result_first_part": first, "result": _number(metric.result()),
                "arrays": self._keys(name, y_true, y_pred)}
        if weighted:
            weight = as_array(generator("weights of metrics/" + name).uniform(0.1, 2, len(y_true)))
            metric.reset_state()
            metric.update_state(y_true, y_pred, sample_weight=weight)
            spec["result_weighted"] = _number(metric.result())
            spec["arrays"]["sample_weight"] = f"{name}.sample_weight"
            self.arrays[f"{name}.sample_weight"] = weight
        self.specs.append(spec)
        self.cases.add(f"{self.file}/{name}")

    def add_values(self, name, metric, values, split):
        """A metric of values alone."""
        values, config = as_array(values), metric.get_config()
        metric.update_state(values[:split])
        first = _number(metric.result())
        metric.update_state(values[split:])
        self.arrays[f"{name}.y_pred"] = values
        self.specs.append({"name": name, "keras_class": type(metric).__name__, "config": config, "split": split,
                           "result_first_part": first, "result": _number(metric.result()),
                           "arrays": {"y_pred": f"{name}.y_pred"}})
        self.cases.add("metrics/" + name)


def _number(result):
    """A number, or a list of them."""
    return np.asarray(result).tolist()


def _classes(draw, shape):
    """Whole numbers as labels, and chances of each that often enough name the right one."""
    ids = draw.integers(0, shape[-1], shape[:-1])
    odds = np.exp(draw.standard_normal(shape) + 1.5 * np.eye(shape[-1])[ids])
    return ids, odds / odds.sum(-1, keepdims=True)


def _compiled(part):
    draw = generator("compiled metrics")
    chances = draw.uniform(0.02, 0.98, (13, 1))
    chances[3] = 0.5
    part.add_compiled("binary", "binary_crossentropy", draw.integers(0, 2, (13, 1)), chances)
    part.add_compiled("binary_labels_of_rank_1", "binary_crossentropy", draw.integers(0, 2, 13), chances)
    part.add_compiled("binary_by_squares", "mean_squared_error", draw.integers(0, 2, (13, 1)), chances)
    ids, chances = _classes(draw, (13, 4))
    part.add_compiled("sparse", "sparse_categorical_crossentropy", ids, chances)
    part.add_compiled("sparse_column", "sparse_categorical_crossentropy", ids[:, None], chances)
    part.add_compiled("categorical", "categorical_crossentropy", np.eye(4)[ids], chances)
    part.add_compiled("categorical_by_bits", "binary_crossentropy", np.eye(4)[ids], chances)
    ids, chances = _classes(draw, (7, 3, 4))
    part.add_compiled("sparse_sequences", "sparse_categorical_crossentropy", ids, chances)
    part.add_compiled("categorical_sequences", "categorical_crossentropy", np.eye(4)[ids], chances)
    rows = draw.uniform(0, 1, (13, 6))
    part.add_compiled("autoencoder", "mean_squared_error", rows, rows + 0.2 * draw.standard_normal((13, 6)))


def _accuracies(part):
    draw = generator("accuracies")
    labels, chances = draw.integers(0, 2, (23, 1)), draw.uniform(0, 1, (23, 1))
    for threshold in (0.5, 0.25, 0.75):
        # On the threshold itself a prediction counts as class 0.
        on_it = np.where(np.arange(23)[:, None] % 5 == 0, threshold, chances)
        part.add(f"binary_accuracy_{threshold}", km.BinaryAccuracy(threshold=threshold), labels, on_it, 9)
    part.add("binary_accuracy_rows", km.BinaryAccuracy(), draw.integers(0, 2, (11, 3)), draw.uniform(0, 1, (11, 3)), 4)
    for name, shape in (("rows", (23, 4)), ("sequences", (9, 3, 4))):
        ids, chances = _classes(draw, shape)
        part.add("categorical_accuracy_" + name, km.CategoricalAccuracy(), np.eye(4)[ids], chances, 5)
        part.add("sparse_categorical_accuracy_" + name, km.SparseCategoricalAccuracy(), ids, chances, 5)
    ids, chances = _classes(draw, (23, 4))
    part.add("sparse_categorical_accuracy_column", km.SparseCategoricalAccuracy(), ids[:, None], chances, 9)
    tied = np.round(2 * chances) / 2
    part.add("categorical_accuracy_ties", km.CategoricalAccuracy(), np.eye(4)[ids], tied, 9)
    part.add("sparse_categorical_accuracy_ties", km.SparseCategoricalAccuracy(), ids, tied, 9)


def _losses(part):
    draw = generator("losses as metrics")
    shape = (17, 4)
    reals, guesses = draw.standard_normal(shape), draw.standard_normal(shape)
    positive, positive_guesses = draw.uniform(0.05, 2, shape), draw.uniform(0.05, 2, shape)
    bits, chances = draw.integers(0, 2, shape).astype(float), draw.uniform(0.02, 0.98, shape)
    ids, classes = _classes(draw, shape)
    hot = np.eye(4)[ids]
    rows = [
        (km.MeanSquaredError(), reals, guesses),
        (km.MeanAbsoluteError(), reals, guesses),
        # Of about 1: Keras adds up floats, whose last place tells nothing where they are in the hundreds.
        (km.MeanAbsolutePercentageError(), positive, positive * (1 + 0.01 * guesses)),
        (km.MeanSquaredLogarithmicError(), positive, positive_guesses),
        (km.LogCoshError(), reals, guesses),
        (km.CosineSimilarity(), reals, guesses),
        (km.Poisson(), positive, positive_guesses),
        (km.KLDivergence(), positive / 2, positive_guesses / 2),
        (km.Hinge(), 2 * bits - 1, guesses),
        (km.SquaredHinge(), 2 * bits - 1, guesses),
        (km.CategoricalHinge(), hot, guesses),
        (km.BinaryCrossentropy(), bits, chances),
        (km.CategoricalCrossentropy(), hot, classes),
        (km.SparseCategoricalCrossentropy(), ids, classes),
    ]
    for metric, y_true, y_pred in rows:
        part.add(metric.name, metric, y_true, y_pred, 6)
    part.add("binary_crossentropy_logits_smoothed", km.BinaryCrossentropy(from_logits=True, label_smoothing=0.2), bits,
             guesses, 6)
    part.add("categorical_crossentropy_logits_smoothed",
             km.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), hot, guesses, 6)
    part.add("sparse_categorical_crossentropy_logits", km.SparseCategoricalCrossentropy(from_logits=True),
             ids, guesses, 6)


def _counts(part):
    draw = generator("counts")
    bits, shares = draw.integers(0, 2, 41), draw.uniform(0, 1, 41)
    for metric in (km.TruePositives(), km.TrueNegatives(), km.FalsePositives(), km.FalseNegatives(),
                   km.Precision(thresholds=[0.2, 0.6]), km.Recall(thresholds=0.3), km.AUC(num_thresholds=20),
                   km.SensitivityAtSpecificity(0.4), km.SpecificityAtSensitivity(0.4), km.PrecisionAtRecall(0.4),
                   km.RecallAtPrecision(0.4)):
        part.add(metric.name, metric, bits, shares, 17, weighted=True)
    part.add("auc_pr", km.AUC(num_thresholds=20, curve="PR", name="auc_pr"), bits, shares, 17, weighted=True)
    part.add("auc_thresholds", km.AUC(thresholds=[0.2, 0.5, 0.9], summation_method="majoring", name="auc_thresholds"),
             bits, shares, 17)
    part.add("auc_minoring", km.AUC(num_thresholds=10, summation_method="minoring", name="auc_minoring"), bits, shares,
             17)
    labels, chances = draw.integers(0, 2, (41, 3)), draw.uniform(0, 1, (41, 3))
    part.add("auc_labels", km.AUC(num_thresholds=10, multi_label=True, num_labels=3, name="auc_labels"), labels,
             chances, 17)
    part.add("auc_logits", km.AUC(num_thresholds=10, from_logits=True, name="auc_logits"), bits, 6 * shares - 3, 17)
    part.add("precision_top_k", km.Precision(top_k=2, name="precision_top_k"), labels, chances, 17)
    part.add("recall_class", km.Recall(class_id=1, name="recall_class"), labels, chances, 17)


def _matrices(part):
    draw = generator("confusion matrices")
    ids, found = draw.integers(0, 3, 41), draw.integers(0, 3, 41)
    hot, chances = np.eye(3)[ids], draw.uniform(0, 1, (41, 3))
    part.add("iou", km.IoU(num_classes=3, target_class_ids=[0, 2], name="iou"), ids, found, 17)
    part.add("mean_iou", km.MeanIoU(num_classes=3, name="mean_iou"), ids, found, 17)
    part.add("binary_iou", km.BinaryIoU(threshold=0.4, name="binary_iou"), ids % 2, chances[:, 0], 17)
    part.add("one_hot_iou", km.OneHotIoU(num_classes=3, target_class_ids=[1], name="one_hot_iou"), hot, chances, 17)
    part.add("one_hot_mean_iou", km.OneHotMeanIoU(num_classes=3, name="one_hot_mean_iou"), hot, chances, 17)


def _others(part):
    draw = generator("other metrics")
    ids, chances = _classes(draw, (41, 4))
    hot = np.eye(4)[ids]
    part.add("f1_score", km.F1Score(), hot, chances, 17, weighted=True)
    for average in ("weighted", "micro", "macro"):
        part.add(f"f1_score_{average}", km.F1Score(average=average, name=f"f1_score_{average}"), hot, chances, 17)
    part.add("fbeta_score", km.FBetaScore(average="weighted", beta=0.5, threshold=0.3), hot, chances, 17)
    part.add("top_k_categorical_accuracy", km.TopKCategoricalAccuracy(k=2), hot, chances, 17)
    part.add("sparse_top_k_categorical_accuracy", km.SparseTopKCategoricalAccuracy(k=2), ids, chances, 17)
    part.add("equal_values", km.Accuracy(), ids, draw.integers(0, 4, 41), 17)
    reals = draw.standard_normal((41, 3))
    guesses = reals + 0.5 * draw.standard_normal((41, 3))
    part.add("r2_score", km.R2Score(class_aggregation=None), reals, guesses, 17, weighted=True)
    part.add("r2_score_adjusted", km.R2Score(num_regressors=2, name="r2_score_adjusted"), reals, guesses, 17)
    part.add("r2_score_by_variance", km.R2Score(class_aggregation="variance_weighted_average",
                                                name="r2_score_by_variance"), reals, guesses, 17)
    part.add("root_mean_squared_error", km.RootMeanSquaredError(), reals, guesses, 17)
    part.add_values("mean", km.Mean(), reals, 17)
    part.add_values("sum", km.Sum(), reals, 17)
