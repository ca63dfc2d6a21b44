"""What came to the shelf later: losses of sequences and pairs, correlations, Muon and its like, recurrent convolutions,
and layers that read texts, which Keras runs by TensorFlow."""
import keras
import numpy as np
from keras import layers as kl
from keras import losses, metrics, optimizers

from . import optimizers as of_optimizers
from .case_set import generator
from .layer_calls import LayerCalls
from .losses import Losses
from .metrics import Metrics

TEXTS = ["One fish, two FISH.", "Red fish; blue fish", "", "two\tfish\nred  hats", "na\u00efve \u00c9T\u00c9!"]


def make(cases):
    _losses(cases)
    _metrics(cases)
    of_optimizers.write(cases, "optimizers_more", _optimizers(), ())
    _layers(cases)
    _texts(cases)


def _losses(cases):
    part = Losses(cases)
    part.file = "losses_more"
    draw = generator("more losses")
    shares = np.exp(draw.standard_normal((5, 3)))
    part.add("generalized", losses.CategoricalGeneralizedCrossEntropy(q=0.4), draw.integers(0, 3, 5),
             shares / shares.sum(-1, keepdims=True))
    labels = np.array([[1, 2, 0], [2, 2, 1], [1, 0, 0]])
    part.add("ctc", losses.CTC(), labels, draw.standard_normal((3, 6, 3)))
    vectors = draw.standard_normal((7, 3))
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    part.add("circle", losses.Circle(gamma=8.0, margin=0.25), draw.integers(0, 3, 7), vectors)
    cases.save("losses_more", {"cases": part.specs}, part.arrays)


def _metrics(cases):
    part = Metrics(cases)
    part.file = "metrics_more"
    draw = generator("more metrics")
    targets, predictions = draw.standard_normal((8, 4)), draw.standard_normal((8, 4))
    part.add("pearson", metrics.PearsonCorrelation(), targets, predictions, 3)
    part.add("concordance", metrics.ConcordanceCorrelation(), targets, predictions, 3)
    part.add("wrapper", metrics.MeanMetricWrapper(losses.huber, name="wrapped", delta=0.5), targets, predictions, 3)
    cases.save("metrics_more", {"cases": part.specs}, part.arrays)


def _optimizers():
    yield "muon", optimizers.Muon(0.05, rms_rate=None, ns_steps=2, adam_lr_ratio=0.5)
    yield "schedule_free", optimizers.ScheduleFreeAdamW(0.05, warmup_steps=4, weight_decay=0.1)
    yield "sgd_scaled", optimizers.SGD(0.1, loss_scale_factor=4.0, clipvalue=0.5)


def _layers(cases):
    keras.utils.clear_session()
    part = LayerCalls(cases)
    part.add("conv_lstm1d", kl.ConvLSTM1D(2, 2, padding="same", strides=2, return_sequences=True), (2, 3, 4, 2))
    part.add("conv_lstm2d", kl.ConvLSTM2D(2, (2, 1), return_state=True, data_format="channels_first"), (2, 2, 2, 3, 3))
    part.add("up_sampling2d_bicubic", kl.UpSampling2D((2, 3), interpolation="bicubic"), (1, 3, 4, 1))
    cases.save("layers_more", {"cases": part.specs}, part.arrays)


def _texts(cases):
    made = [{}, {"max_tokens": 5, "output_sequence_length": 3}, {"split": "character"}, {"ngrams": 2},
            {"standardize": None, "output_mode": "count"}, {"output_mode": "tf_idf", "max_tokens": 6},
            {"vocabulary": ["fish", "red"], "output_mode": "multi_hot"}]
    part = []
    for number, args in enumerate(made):
        layer = kl.TextVectorization(**args)
        adapt_on = 0 if "vocabulary" in args else 4
        if adapt_on:
            layer.adapt(TEXTS[:adapt_on])
        output = np.asarray(layer(TEXTS))
        part.append({"args": args, "adapt_on": adapt_on, "vocabulary": layer.get_vocabulary(),
                     "output": output.tolist(), "dtype": "int64" if output.dtype.kind == "i" else "float32"})
        cases.add(f"preprocessing_more/text_vectorization[{number}]")
    cases.save("preprocessing_more", {"text_vectorization": {"texts": TEXTS, "cases": part},
                                      "lookup": {"cases": _lookups(cases)}, "hashing": {"cases": _hashes(cases)}})


def _lookups(cases):
    words, numbers = [["a", "b"], ["c", "zz"]], [[4, 7], [9, -2]]
    made = [(kl.StringLookup, {"vocabulary": ["b", "a", "c"]}, None, words),
            (kl.StringLookup, {"vocabulary": ["b", "a"], "num_oov_indices": 3, "mask_token": "c"}, None, words),
            (kl.StringLookup, {"output_mode": "count", "max_tokens": 4, "pad_to_max_tokens": True}, words, words),
            (kl.IntegerLookup, {"vocabulary": [4, 9], "num_oov_indices": 2, "mask_token": 7}, None, numbers),
            (kl.IntegerLookup, {"output_mode": "multi_hot"}, numbers, numbers)]
    part = []
    for number, (kind, args, adapt, given) in enumerate(made):
        layer = kind(**args)
        if adapt is not None:
            layer.adapt(np.array(adapt))
        output = np.asarray(layer(np.array(given)))
        own = {"vocabulary": layer.get_vocabulary(), "vocabulary_size": layer.vocabulary_size(),
               "vocabulary_without_special_tokens": layer.get_vocabulary(include_special_tokens=False),
               "output": output.tolist(), "shape": list(output.shape)}
        part.append({"class": kind.__name__, "args": args, "adapt": adapt, "input": given, "result": _plain(own)})
        cases.add(f"preprocessing_more/lookup[{number}]")
    return part


def _hashes(cases):
    long = "a text of more than sixty-four bytes, so that all of the hash is met at least once; " * 2
    part = []
    for number, (args, given) in enumerate((({"num_bins": 1000}, ["", "abc", "four-to-eight", long[:33], long]),
                                            ({"num_bins": 50, "salt": [3, 5]}, ["", "abc", long]),
                                            ({"num_bins": 9, "mask_value": 4}, [4, -17, 123456]))):
        output = np.asarray(kl.Hashing(**args)(np.array(given)))
        part.append({"args": args, "input": given, "result": {"output": output.tolist()}})
        cases.add(f"preprocessing_more/hashing[{number}]")
    return part


def _plain(value):
    """NumPy's numbers as Python's."""
    if isinstance(value, dict):
        return {key: _plain(of) for key, of in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(of) for of in value]
    return value.item() if isinstance(value, np.generic) else value
