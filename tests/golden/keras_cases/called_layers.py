"""Layers that take more than an input, or give more than an output: masks, states, statistics, penalties."""
import keras
import numpy as np
from keras import layers as kl

from .case_set import generator
from .layer_calls import LayerCalls

RECURRENCES = {"simple_rnn": (kl.SimpleRNN, kl.SimpleRNNCell), "lstm": (kl.LSTM, kl.LSTMCell),
               "gru": (kl.GRU, kl.GRUCell)}


def make(cases):
    keras.utils.clear_session()
    part = LayerCalls(cases)
    _shapes(part)
    _merging(part)
    _regularization(part)
    _normalization(part)
    _penalties(part)
    for name in RECURRENCES:
        _states(part, name)
        _masks(part, name)
        _cells(part, name)
    _stacked_cells(part)
    _bidirectional(part)
    _time_distributed(part)
    cases.save("layers_called", {"cases": part.specs}, part.arrays)


def _steps_mask(rows, steps):
    """All steps, none in front, behind, in between, none at all."""
    mask = np.ones((rows, steps), np.int32)
    mask[1, :2] = 0
    mask[2, steps - 2:] = 0
    mask[3 % rows, 1:3] = 0
    if rows > 4:
        mask[4] = 0
    return mask


def _shapes(part):
    part.add("repeat_vector", kl.RepeatVector(3), (4, 2), exact=True)
    part.add("reshape", kl.Reshape((2, 6)), (3, 4, 3), exact=True)
    part.add("reshape_inferred", kl.Reshape((-1, 2, 2)), (3, 4, 3), exact=True)
    for name, value in (("masking", 0.0), ("masking_value", -1.5)):
        x = generator(name).standard_normal((4, 5, 3))
        x[1, :2] = x[2, 3:] = x[3, 1] = value
        x[0, 0, :2] = value  # not all of a step
        part.add(name, kl.Masking(value), x, exact=True)


def _merging(part):
    merges = {"add": kl.Add, "subtract": kl.Subtract, "multiply": kl.Multiply, "average": kl.Average,
              "maximum": kl.Maximum, "minimum": kl.Minimum}
    first, second = _steps_mask(4, 5), np.roll(_steps_mask(4, 5), 1, axis=0)
    for name, layer in merges.items():
        part.add(name, layer(), [(4, 5, 3), (4, 1, 3), (4, 5, 3)][:2 if layer is kl.Subtract else 3])
        if layer is not kl.Subtract:  # whose masks are those of Add
            part.add(f"{name}_masks", layer(), [(4, 5, 3), (4, 5, 3)], mask=[first, second])
    part.add("concatenate_steps", kl.Concatenate(axis=1), [(4, 5, 3), (4, 2, 3)], exact=True)
    part.add("concatenate_masks", kl.Concatenate(), [(4, 5, 3), (4, 5, 2)], mask=[first, second], exact=True)
    part.add("concatenate_steps_masks", kl.Concatenate(axis=1), [(4, 5, 3), (4, 5, 3)], mask=[first, second],
             exact=True)


def _regularization(part):
    """What is random in training and nothing at all otherwise."""
    part.add("dropout_inference", kl.Dropout(0.4), (4, 3), exact=True)
    part.add("dropout_shape_inference", kl.Dropout(0.4, noise_shape=(4, 1, 3), seed=3), (4, 2, 3), exact=True)
    part.add("gaussian_noise_inference", kl.GaussianNoise(0.4, seed=3), (4, 3), exact=True)


def _normalization(part):
    make = kl.BatchNormalization
    for mode, training in (("training", True), ("inference", False)):
        part.add(f"batch_normalization_{mode}", make(), (6, 3), training=training)
        part.add(f"batch_normalization_axis1_{mode}", make(axis=1, momentum=0.8), (4, 3, 2), training=training)
    part.add("batch_normalization_mask", make(momentum=0.7), (5, 4, 3), training=True, mask=_steps_mask(5, 4))
    part.add("batch_normalization_no_center", make(center=False, epsilon=0.1), (6, 3), training=True)
    part.add("batch_normalization_no_scale", make(scale=False, momentum=0.5), (6, 3), training=True)
    part.add("batch_normalization_4d_training", make(), (2, 3, 2, 2), training=True)
    part.add("batch_normalization_frozen_training", make(trainable=False), (6, 3), training=True)
    part.add("batch_normalization_penalties", make(
        beta_initializer="ones", gamma_initializer=keras.initializers.Constant(2), moving_mean_initializer="ones",
        moving_variance_initializer=keras.initializers.Constant(3), beta_regularizer=keras.regularizers.L1(0.1),
        gamma_regularizer=keras.regularizers.L2(0.2), beta_constraint=keras.constraints.NonNeg(),
        gamma_constraint=keras.constraints.MaxNorm(3)), (6, 3), training=True)


def _penalties(part):
    l1, l2 = keras.regularizers.L1(0.03), keras.regularizers.L2(0.04)
    both, orthogonal = keras.regularizers.L1L2(0.02, 0.05), keras.regularizers.OrthogonalRegularizer(0.05)
    part.add("activity_regularization", kl.ActivityRegularization(0.2, 0.3), (4, 2, 3))
    part.add("dense_penalties", kl.Dense(4, kernel_regularizer=both, bias_regularizer=l1, activity_regularizer=l2,
                                         kernel_constraint=keras.constraints.UnitNorm(),
                                         bias_constraint=keras.constraints.NonNeg()), (5, 3))
    part.add("dense_orthogonal", kl.Dense(4, kernel_regularizer=orthogonal, kernel_constraint=(
        keras.constraints.MinMaxNorm(0.2, 1.5, rate=0.7, axis=1))), (5, 3))
    part.add("dense_frozen", kl.Dense(4, kernel_regularizer=l1, trainable=False), (5, 3))
    part.add("embedding_penalties", kl.Embedding(7, 3, embeddings_regularizer=l2, embeddings_constraint=(
        keras.constraints.MaxNorm(1.5, axis=1)), mask_zero=True), generator("penalties").integers(0, 7, (3, 4)))
    for name, (layer, _) in RECURRENCES.items():
        part.add(f"{name}_penalties", layer(
            3, kernel_regularizer=l1, recurrent_regularizer=l2, bias_regularizer=both, activity_regularizer=l1,
            kernel_constraint=keras.constraints.MaxNorm(2), recurrent_constraint=keras.constraints.UnitNorm(axis=1),
            bias_constraint=keras.constraints.NonNeg(), dropout=0.3, recurrent_dropout=0.2, seed=5), (3, 4, 2))


def _initial(name, rows, units):
    return [(rows, units)] * (2 if name == "lstm" else 1)


def _states(part, name):
    layer, x = RECURRENCES[name][0], (4, 5, 2)
    part.add(f"{name}_state_backwards", layer(3, return_state=True, return_sequences=True, go_backwards=True), x)
    part.add(f"{name}_initial_state", layer(3, return_state=True), x, initial_state=_initial(name, 4, 3))
    part.add_stateful(f"{name}_stateful", layer(3, stateful=True), (4, 5, 2))


def _masks(part, name):
    layer, x, mask = RECURRENCES[name][0], (5, 6, 2), _steps_mask(5, 6)
    part.add(f"{name}_mask_state", layer(3, return_state=True, return_sequences=True), x, mask=mask)
    part.add(f"{name}_mask_zero_output", layer(3, return_sequences=True, zero_output_for_mask=True, go_backwards=True),
             x, mask=mask)
    if name == "simple_rnn":
        part.add(f"{name}_mask_unrolled", layer(3, return_sequences=True, unroll=True), x, mask=mask)


def _cells(part, name):
    layer, cell = RECURRENCES[name]
    options = {"reset_after": False} if name == "gru" else {"unit_forget_bias": False} if name == "lstm" else {}
    gates = {} if name == "simple_rnn" else {"recurrent_activation": "hard_sigmoid"}
    part.add(f"{name}_cell", cell(3), (4, 2), _initial(name, 4, 3))
    part.add(f"{name}_cell_options", cell(3, activation="softsign", use_bias=False, dropout=0.2, recurrent_dropout=0.3,
                                          seed=4, **gates, **options), (4, 2), _initial(name, 4, 3))
    part.add(f"rnn_{name}_cell", kl.RNN(cell(3), return_state=True, go_backwards=True), (4, 5, 2),
             initial_state=_initial(name, 4, 3))


def _stacked_cells(part):
    def cells():
        return [kl.SimpleRNNCell(2), kl.LSTMCell(3), kl.GRUCell(2)]

    part.add("stacked_cells_step", kl.StackedRNNCells(cells()), (4, 2), [(4, 2), [(4, 3), (4, 3)], (4, 2)])
    part.add("stacked_cells_state", kl.RNN(kl.StackedRNNCells(cells()), return_sequences=True, return_state=True),
             (4, 5, 2))
    part.add("stacked_cells_mask", kl.RNN(kl.StackedRNNCells([kl.GRUCell(2), kl.GRUCell(3)]), return_sequences=True),
             (5, 6, 2), mask=_steps_mask(5, 6))


def _bidirectional(part):
    for mode in ("concat", "sum", "mul", "ave", None):
        part.add(f"bidirectional_{mode}".lower(),
                 kl.Bidirectional(kl.GRU(3, return_sequences=True), merge_mode=mode), (4, 5, 2))
    part.add("bidirectional_mask", kl.Bidirectional(kl.LSTM(3)), (5, 6, 2), mask=_steps_mask(5, 6))
    part.add("bidirectional_mask_sequences", kl.Bidirectional(kl.SimpleRNN(3, return_sequences=True)), (5, 6, 2),
             mask=_steps_mask(5, 6))
    part.add("bidirectional_state_sequences",
             kl.Bidirectional(kl.GRU(3, return_state=True, return_sequences=True), merge_mode="sum"), (4, 5, 2))
    part.add("bidirectional_initial_state", kl.Bidirectional(kl.LSTM(3, return_state=True)), (4, 5, 2),
             initial_state=_initial("lstm", 4, 3) * 2)
    part.add("bidirectional_backward_layer", kl.Bidirectional(
        kl.SimpleRNN(3), backward_layer=kl.GRU(2, go_backwards=True)), (4, 5, 2))
    part.add("bidirectional_last", kl.Bidirectional(kl.RNN(kl.SimpleRNNCell(3)), merge_mode="ave"), (4, 5, 2))
    part.add_stateful("bidirectional_stateful", kl.Bidirectional(kl.LSTM(2, stateful=True)), (4, 5, 2))


def _time_distributed(part):
    part.add("time_distributed_dense", kl.TimeDistributed(kl.Dense(3, activation="tanh")), (4, 5, 2))
    part.add("time_distributed_mask", kl.TimeDistributed(kl.Dense(3)), (5, 6, 2), mask=_steps_mask(5, 6))
    part.add("time_distributed_flatten", kl.TimeDistributed(kl.Flatten()), (3, 4, 2, 2), exact=True)
    part.add("time_distributed_batch_normalization", kl.TimeDistributed(kl.BatchNormalization()), (4, 3, 2),
             training=True)
    part.add("time_distributed_penalties",
             kl.TimeDistributed(kl.Dense(2, kernel_regularizer=keras.regularizers.L2(0.1))), (4, 3, 2))
