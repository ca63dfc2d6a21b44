"""lstm_seq2seq in Keras, on the data that the example wrote: python lstm_seq2seq.py FILE.npz"""

import keras
import numpy as np
from keras import layers

import twin

data = twin.arrays()
read, written, target = data["encoder_input"], data["decoder_input"], data["decoder_target"]
steps, tokens = written.shape[1:]
latent = 128
encoder_inputs = keras.Input((None, tokens))
_, state_h, state_c = layers.LSTM(latent, return_state=True)(encoder_inputs)
decoder_inputs = keras.Input((None, tokens))
decoder = layers.LSTM(latent, return_sequences=True, return_state=True)
dense = layers.Dense(tokens, activation="softmax")
model = keras.Model(
    [encoder_inputs, decoder_inputs], dense(decoder(decoder_inputs, initial_state=[state_h, state_c])[0])
)
model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
history = model.fit([read, written], target, batch_size=64, epochs=10, validation_split=0.2, verbose=2)

encoder = keras.Model(encoder_inputs, [state_h, state_c])
h, c = keras.Input((latent,)), keras.Input((latent,))
one = keras.Input((1, tokens))
out, next_h, next_c = decoder(one, initial_state=[h, c])
writer = keras.Model([one, h, c], [dense(out), next_h, next_c])

split = int(len(read) * 0.8)
states = encoder.predict(read[split:], verbose=0)
character = written[split:, :1]
line_feed = 2
right = np.ones(len(character), bool)
ended = np.zeros(len(character), bool)
for step in range(steps):
    out, *states = writer.predict([character, *states], verbose=0)
    ids = out[:, 0].argmax(-1)
    right &= ended | (ids == target[split:, step].argmax(-1))
    ended |= ids == line_feed
    character = np.eye(tokens, dtype="float32")[ids][:, None]
print(f"{100 * (right & ended).mean():.2f} % of the numbers to validate on are right")
twin.result("val_accuracy", history.history["val_accuracy"][-1])
