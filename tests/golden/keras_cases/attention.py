"""Layers of attention, with the masks and switches of their calls; and layers of products that they are made of."""
import keras
import numpy as np
from keras import layers as kl

from .case_set import generator
from .layer_calls import LayerCalls

QUERY, VALUE, KEY = (3, 4, 3), (3, 5, 3), (3, 5, 2)


def make(cases):
    keras.utils.clear_session()
    part = LayerCalls(cases)
    _scored(part)
    _heads(part)
    _grouped(part)
    _products(part)
    _embeddings(part)
    _spectral(part)
    cases.save("layers_attention", {"cases": part.specs}, part.arrays)


def _padding(rows, steps):
    """As many valid steps as the row's number, and none in the last: its queries attend to all alike."""
    return (np.arange(steps) < (np.arange(rows)[::-1, None] * 2)).astype(np.int32)


def _scored(part):
    masks = [_padding(3, 4), _padding(3, 5)]
    for name, layer in (("attention", kl.Attention), ("additive_attention", kl.AdditiveAttention)):
        part.add(f"{name}_plain", layer(), [QUERY, VALUE])
        part.add(f"{name}_keys", layer(use_scale=True), [QUERY, VALUE, VALUE])
        part.add(f"{name}_masks", layer(dropout=0.3, seed=4), [QUERY, VALUE], mask=masks)
        part.add(f"{name}_causal_scores", layer(use_scale=False), [QUERY, VALUE], mask=masks, use_causal_mask=True,
                 return_attention_scores=True)
    part.add("attention_concat_weights", kl.Attention(use_scale=True, score_mode="concat"), [QUERY, VALUE], mask=masks)
    part.add("attention_one_key", kl.Attention(), [QUERY, (3, 1, 3)])


def _heads(part):
    make = kl.MultiHeadAttention
    pairs = generator("pairs").integers(0, 2, (3, 4, 5))
    pairs[0, 1] = 0  # a query without a key
    part.add("multi_head_attention_three", make(2, 3), QUERY, VALUE, KEY)
    part.add("multi_head_attention_masked_pairs", make(2, 3, use_bias=False), QUERY, VALUE, attention_mask=pairs)
    part.add("multi_head_attention_masked_heads", make(2, 3), QUERY, VALUE, attention_mask=(
        generator("heads").integers(0, 2, (3, 2, 4, 5))))
    part.add("multi_head_attention_value_mask", make(2, 2), QUERY, VALUE, KEY, value_mask=_padding(3, 5),
             key_mask=np.roll(_padding(3, 5), 1, axis=1), query_mask=_padding(3, 4))
    part.add("multi_head_attention_window_causal", make(2, 3, sliding_window=2), QUERY, QUERY, use_causal_mask=True,
             return_attention_scores=True)
    part.add("multi_head_attention_gate_value_dim", make(2, 3, value_dim=2, use_gate=True), QUERY, VALUE,
             return_attention_scores=True)
    part.add("multi_head_attention_dropout_inference", make(2, 3, dropout=0.4, seed=5), QUERY, VALUE)
    part.add("multi_head_attention_two_outputs", make(2, 2, output_shape=(2, 3)), QUERY, VALUE)
    part.add("multi_head_attention_last_axis", make(2, 2, attention_axes=-2), (2, 3, 4, 3), (2, 3, 2, 3))
    part.add("multi_head_attention_both_axes", make(2, 2), (2, 2, 3, 3), (2, 3, 2, 3))
    part.add("multi_head_attention_penalties", make(
        2, 2, kernel_regularizer=keras.regularizers.L2(0.1), bias_regularizer=keras.regularizers.L1(0.1),
        activity_regularizer=keras.regularizers.L2(0.2), kernel_constraint=keras.constraints.UnitNorm(),
        bias_constraint=keras.constraints.NonNeg(), kernel_initializer="he_normal", bias_initializer="ones"),
        QUERY, VALUE)


def _grouped(part):
    make = kl.GroupQueryAttention
    part.add("group_query_attention_three", make(3, 4, 2), QUERY, VALUE, KEY, return_attention_scores=True)
    part.add("group_query_attention_masks", make(2, 3, 1, use_gate=True, sliding_window=3), QUERY, VALUE,
             query_mask=_padding(3, 4), value_mask=_padding(3, 5))
    part.add("group_query_attention_penalties", make(2, 2, 1, activity_regularizer=keras.regularizers.L2(0.2),
                                                     use_bias=False, dropout=0.2, seed=1), QUERY, VALUE)


def _products(part):
    make = kl.EinsumDense
    part.add("einsum_dense_letters", make("abc,cde->abed", (None, 4, 2), bias_axes="e", activation="tanh"), (2, 3, 4))
    part.add("einsum_dense_left", make("...bc,bcd->...d", 3, bias_axes="d"), (2, 2, 3, 2))
    part.add("einsum_dense_right", make("ab...,bc->ac...", 3, bias_axes="c"), (2, 4, 3, 2))
    part.add("einsum_dense_penalties", make("ab,bc->ac", 3, bias_axes="c", kernel_regularizer="l2", bias_regularizer=(
        "l1"), activity_regularizer="l2", kernel_constraint="max_norm", bias_constraint="non_neg"), (3, 2))
    part.add("einsum_dense_thin", make("abc,cde->abde", (None, 2, 3), lora_rank=2, lora_alpha=3), (2, 3, 4))
    part.add("dense_thin", kl.Dense(3, lora_rank=2, kernel_regularizer="l2"), (4, 3))
    part.add("dot_vectors", kl.Dot(-1, normalize=True), [(4, 3), (4, 3)])
    part.add("dot_axes", kl.Dot((1, 2)), [(3, 2, 4), (3, 5, 2)])
    part.add("dot_far", kl.Dot((3, 1), normalize=True), [(2, 3, 2, 4), (2, 4, 3)])


def _embeddings(part):
    ids = generator("ids").integers(0, 7, (3, 4))
    part.add("embedding_thin", kl.Embedding(7, 3, lora_rank=2), ids)
    part.add("reversible_embedding_ids", kl.ReversibleEmbedding(7, 3, mask_zero=True), ids, exact=True)
    part.add("reversible_embedding_back", kl.ReversibleEmbedding(7, 3), QUERY, reverse=True)
    part.add("reversible_embedding_own_matrix", kl.ReversibleEmbedding(7, 3, tie_weights=False, logit_soft_cap=1.5),
             QUERY, reverse=True)


def _spectral(part):
    make = kl.SpectralNormalization
    part.add("spectral_normalization_dense", make(kl.Dense(4), power_iterations=3), (3, 5), training=True)
    part.add("spectral_normalization_einsum", make(kl.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="e")),
             (2, 3, 4), training=True)
    part.add("spectral_normalization_as_it_is", make(kl.Dense(4)), (3, 5))
