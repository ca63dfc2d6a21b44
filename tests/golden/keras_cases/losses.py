"""Losses: values and gradients in y_pred, with and without weights."""
import jax
import jax.numpy as jnp
import numpy as np
from keras import losses as kl

from .case_set import Part, as_array, generator


def make(cases):
    part = Losses(cases)
    _binary(part)
    _categorical(part)
    _sparse(part)
    _regressions(part)
    _hinges(part)
    _focal(part)
    _overlaps(part)
    cases.save("losses", {"cases": part.specs}, part.arrays)


class Losses(Part):
    file = "losses"

    def add(self, name, loss, y_true, y_pred):
        draw = generator("weights of losses/" + name)
        y_true, y_pred = as_array(y_true), as_array(np.float32(y_pred))
        weight = as_array(draw.uniform(0.1, 2, len(y_true)))
        weight[0] = 0
        unreduced = type(loss).from_config({**loss.get_config(), "reduction": None})
        # A weight for each row: over the axes that the values have besides, all the same.
        values = unreduced(y_true, y_pred)
        shaped = jnp.broadcast_to(jnp.reshape(weight, (-1,) + (1,) * (values.ndim - 1)), values.shape)
        value, gradient = jax.value_and_grad(lambda y: loss(y_true, y))(jnp.asarray(y_pred))
        weighted, weighted_gradient = jax.value_and_grad(lambda y: loss(y_true, y, sample_weight=shaped))(
            jnp.asarray(y_pred))
        arrays = {
            "y_true": y_true,
            "y_pred": y_pred,
            "sample_weight": weight,
            "value": value,
            "gradient": gradient,
            "unreduced": values,
            "value_weighted": weighted,
            "gradient_weighted": weighted_gradient,
        }
        key = {role: f"{name}.{role}" for role in arrays}
        self.arrays.update({key[role]: value for role, value in arrays.items()})
        self.specs.append(
            {"name": name, "keras_class": type(loss).__name__, "config": loss.get_config(), "arrays": key})
        self.cases.add(f"{self.file}/{name}")


def _probabilities(draw, shape):
    odds = np.exp(draw.standard_normal(shape))
    return odds / odds.sum(-1, keepdims=True)


def _one_hot(ids, classes):
    return np.eye(classes)[ids]


def _binary(part):
    draw = generator("binary losses")
    for name, shape in (("rows", (6, 4)), ("column", (6, 1)), ("sequences", (3, 4, 2))):
        labels, logits = draw.integers(0, 2, shape).astype(float), 3 * draw.standard_normal(shape)
        chances = draw.uniform(0.02, 0.98, shape)
        part.add("binary_" + name, kl.BinaryCrossentropy(), labels, chances)
        part.add(f"binary_{name}_smoothed", kl.BinaryCrossentropy(label_smoothing=0.2), labels, chances)
        part.add(f"binary_{name}_logits", kl.BinaryCrossentropy(from_logits=True), labels, logits)
        part.add(f"binary_{name}_logits_smoothed",
                 kl.BinaryCrossentropy(from_logits=True, label_smoothing=0.3), labels, logits)
    part.add("binary_far_logits", kl.BinaryCrossentropy(from_logits=True), [[1.0, 0, 1, 0]] * 2,
             [[60, 60, -60, -60], [9, 9, -9, -9]])
    # 0 and 1 themselves are clipped. Close to 1 the clip itself rounds, so targets there agree.
    part.add("binary_certain", kl.BinaryCrossentropy(), [[0.0, 1, 0, 1]] * 2, [[0.0, 1, 0.25, 0.5], [1e-8, 1, 0, 0.75]])
    part.add("binary_soft_targets", kl.BinaryCrossentropy(),
             draw.uniform(0, 1, (5, 3)), draw.uniform(0.02, 0.98, (5, 3)))


def _categorical(part):
    draw = generator("categorical losses")
    for name, shape in (("rows", (6, 5)), ("sequences", (3, 4, 3))):
        labels = _one_hot(draw.integers(0, shape[-1], shape[:-1]), shape[-1])
        chances, logits = _probabilities(draw, shape), 3 * draw.standard_normal(shape)
        part.add("categorical_" + name, kl.CategoricalCrossentropy(), labels, chances)
        part.add(f"categorical_{name}_smoothed", kl.CategoricalCrossentropy(label_smoothing=0.2), labels, chances)
        part.add(f"categorical_{name}_logits", kl.CategoricalCrossentropy(from_logits=True), labels, logits)
        part.add(f"categorical_{name}_logits_smoothed",
                 kl.CategoricalCrossentropy(from_logits=True, label_smoothing=0.3), labels, logits)
    part.add("categorical_unnormalised", kl.CategoricalCrossentropy(), _one_hot([2, 0, 1, 1], 3),
             draw.uniform(0.1, 3, (4, 3)))
    part.add("categorical_soft_targets", kl.CategoricalCrossentropy(), _probabilities(draw, (4, 3)),
             _probabilities(draw, (4, 3)))
    part.add("categorical_far_logits", kl.CategoricalCrossentropy(from_logits=True), _one_hot([0, 1, 2], 3),
             [[80, -80, 0], [80, -80, 0], [700, 710, 705]])


def _sparse(part):
    draw = generator("sparse losses")
    for name, shape in (("rows", (6, 5)), ("sequences", (3, 4, 3))):
        ids = draw.integers(0, shape[-1], shape[:-1])
        ids.flat[1], ids.flat[2] = 0, shape[-1] - 1
        chances, logits = _probabilities(draw, shape), 3 * draw.standard_normal(shape)
        part.add("sparse_" + name, kl.SparseCategoricalCrossentropy(), ids, chances)
        part.add(f"sparse_{name}_logits", kl.SparseCategoricalCrossentropy(from_logits=True), ids, logits)
        part.add(f"sparse_{name}_column", kl.SparseCategoricalCrossentropy(), ids[..., None], chances)
        part.add(f"sparse_{name}_as_floats", kl.SparseCategoricalCrossentropy(), ids.astype(float), chances)
        part.add(f"sparse_{name}_ignore_class", kl.SparseCategoricalCrossentropy(ignore_class=0), ids, chances)
        missing = np.where(ids == 0, -1, ids)
        part.add(f"sparse_{name}_ignore_none",
                 kl.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1), missing, logits)


def _regressions(part):
    draw = generator("regressions")
    any_sign = {"mean_squared_error": kl.MeanSquaredError, "mean_absolute_error": kl.MeanAbsoluteError,
                "mean_absolute_percentage_error": kl.MeanAbsolutePercentageError, "log_cosh": kl.LogCosh,
                "cosine_similarity": kl.CosineSimilarity}
    positive = {"mean_squared_logarithmic_error": kl.MeanSquaredLogarithmicError, "poisson": kl.Poisson,
                "kl_divergence": kl.KLDivergence}
    for shape_name, shape in (("rows", (6, 5)), ("column", (6, 1)), ("sequences", (3, 4, 2))):
        for name, loss in any_sign.items():
            if (name, shape_name) == ("cosine_similarity", "column"):
                continue  # +-1 whatever the numbers: its gradient is rounding alone
            part.add(f"{name}_{shape_name}", loss(), draw.standard_normal(shape), draw.standard_normal(shape))
        for name, loss in positive.items():
            targets, predictions = draw.uniform(0.05, 2, shape), draw.uniform(0.05, 2, shape)
            part.add(f"{name}_{shape_name}", loss(), targets, predictions)
    part.add("mean_absolute_percentage_error_of_zero", kl.MeanAbsolutePercentageError(), [[0.0, 2], [1, -1]],
             [[1e-7, 1], [2, 1]])
    part.add("mean_squared_logarithmic_error_below_zero", kl.MeanSquaredLogarithmicError(), [[-1.0, 2], [1, -0.5]],
             [[0.5, -1], [2, -2]])
    part.add("log_cosh_far", kl.LogCosh(), [[0.0, 0], [1, 2]], [[90, -90], [1e-4, 40]])
    # No prediction of 1, where the clip bends: Keras's backends differ in the derivative there.
    part.add("kl_divergence_with_zeros", kl.KLDivergence(), [[0.0, 1], [0.5, 0.5]], [[0.3, 0.7], [0.0, 0.9]])
    part.add("cosine_similarity_of_zero", kl.CosineSimilarity(), [[0.0, 0], [1, 2]], [[1, 1], [2, -3]])


def _hinges(part):
    draw = generator("hinges")
    for shape_name, shape in (("rows", (6, 5)), ("column", (6, 1)), ("sequences", (3, 4, 2))):
        signs, predictions = 2.0 * draw.integers(0, 2, shape) - 1, 1.5 * draw.standard_normal(shape)
        for name, loss in (("hinge", kl.Hinge), ("squared_hinge", kl.SquaredHinge)):
            part.add(f"{name}_{shape_name}", loss(), signs, predictions)
            part.add(f"{name}_{shape_name}_of_0_and_1", loss(), (signs + 1) / 2, predictions)
        if shape_name != "column":
            hot = _one_hot(draw.integers(0, shape[-1], shape[:-1]), shape[-1])
            part.add("categorical_hinge_" + shape_name, kl.CategoricalHinge(), hot, predictions)


def _focal(part):
    draw = generator("focal losses")
    bits, shares = draw.integers(0, 2, (6, 4)).astype(float), draw.uniform(0.02, 0.98, (6, 4))
    part.add("binary_focal", kl.BinaryFocalCrossentropy(), bits, shares)
    part.add("binary_focal_balanced", kl.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.4, gamma=1.5),
             bits, shares)
    hot, chances = _one_hot(draw.integers(0, 5, 6), 5), _probabilities(draw, (6, 5))
    part.add("categorical_focal", kl.CategoricalFocalCrossentropy(), hot, chances)
    part.add("categorical_focal_smoothed", kl.CategoricalFocalCrossentropy(alpha=0.4, gamma=1.5, label_smoothing=0.2),
             hot, chances)
    part.add("huber_rows", kl.Huber(), 2 * draw.standard_normal((6, 4)), draw.standard_normal((6, 4)))


def _overlaps(part):
    draw = generator("overlaps")
    sets, shares = draw.integers(0, 2, (6, 3, 4)).astype(float), draw.uniform(0.02, 0.98, (6, 3, 4))
    part.add("dice_rows", kl.Dice(axis=(1, 2)), sets, shares)
    part.add("dice_last", kl.Dice(axis=-1), sets[:, 0], shares[:, 0])
    part.add("tversky_rows", kl.Tversky(alpha=0.3, beta=0.6, axis=(1, 2)), sets, shares)
