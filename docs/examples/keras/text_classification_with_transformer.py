"""text_classification_with_transformer in Keras, on the data that the example wrote:
python text_classification_with_transformer.py FILE.npz"""

import keras
from keras import layers, ops

import twin

VOCABULARY, EMBED_DIM, HEADS, FEED_FORWARD = 20_000, 32, 2, 32


class TransformerBlock(layers.Layer):
    def __init__(self, rate=0.1):
        super().__init__()
        self.attention = layers.MultiHeadAttention(HEADS, EMBED_DIM)
        self.feed_forward = keras.Sequential([layers.Dense(FEED_FORWARD, activation="relu"), layers.Dense(EMBED_DIM)])
        self.norms = [layers.LayerNormalization(epsilon=1e-6) for _ in range(2)]
        self.dropouts = [layers.Dropout(rate) for _ in range(2)]

    def call(self, x):
        between = self.norms[0](x + self.dropouts[0](self.attention(x, x)))
        return self.norms[1](between + self.dropouts[1](self.feed_forward(between)))


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, maxlen):
        super().__init__()
        self.maxlen = maxlen
        self.tokens = layers.Embedding(VOCABULARY, EMBED_DIM)
        self.positions = layers.Embedding(maxlen, EMBED_DIM)

    def call(self, x):
        return self.tokens(x) + self.positions(ops.arange(self.maxlen))


data = twin.arrays()
maxlen = data["x_train"].shape[1]
inputs = keras.Input((maxlen,), dtype="int32")
x = TransformerBlock()(TokenAndPositionEmbedding(maxlen)(inputs))
x = layers.GlobalAveragePooling1D()(x)
x = layers.Dropout(0.1)(x)
x = layers.Dense(20, activation="relu")(x)
x = layers.Dropout(0.1)(x)
model = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    data["x_train"],
    data["y_train"],
    batch_size=32,
    epochs=2,
    validation_data=(data["x_val"], data["y_val"]),
    verbose=2,
)
twin.result("val_accuracy", history.history["val_accuracy"][-1])
