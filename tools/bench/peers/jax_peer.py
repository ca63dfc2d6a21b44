"""Plain JAX: lax.scan under jit, the input projection before it, Adam by hand: MODEL THREADS SECONDS FOLDER."""

import os

import measure

chosen = measure.options()
parallel = "true" if chosen.threads > 1 else "false"
os.environ.update(JAX_PLATFORMS="cpu", XLA_FLAGS=f"--xla_cpu_multi_thread_eigen={parallel}")

import jax  # noqa: E402  reads the environment
import jax.numpy as jnp  # noqa: E402
from batches import FEATURES, WORDS  # noqa: E402
from measure import EMBEDDING, HIDDEN, UNITS  # noqa: E402

GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}


def dense(key, inputs, outputs):
    """A kernel with Glorot's spread."""
    return jax.random.normal(key, (inputs, outputs)) * (2 / (inputs + outputs)) ** 0.5


def review_weights():
    keys = jax.random.split(jax.random.key(0), 4)
    width = GATES[chosen.model] * UNITS
    weights = {"table": jax.random.uniform(keys[0], (WORDS, EMBEDDING), minval=-0.05, maxval=0.05),
               "kernel": dense(keys[1], EMBEDDING, width), "recurrent": dense(keys[2], UNITS, width),
               "bias": jnp.zeros(width), "out": dense(keys[3], UNITS, 1), "out_bias": jnp.zeros(1)}
    if chosen.model == "gru":
        weights["recurrent_bias"] = jnp.zeros(width)
    return weights


def simple_rnn(weights, carry, z):
    (h,) = carry
    return (jnp.tanh(z + h @ weights["recurrent"]),)


def lstm(weights, carry, z):
    h, c = carry
    i, f, g, o = jnp.split(z + h @ weights["recurrent"], 4, axis=1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def gru(weights, carry, z):
    (h,) = carry
    inner = h @ weights["recurrent"] + weights["recurrent_bias"]
    z_gates, z_new = z[:, :2 * UNITS], z[:, 2 * UNITS:]
    update, reset = jnp.split(jax.nn.sigmoid(z_gates + inner[:, :2 * UNITS]), 2, axis=1)
    return (update * h + (1 - update) * jnp.tanh(z_new + reset * inner[:, 2 * UNITS:]),)


def review_logits(weights, ids):
    step = {"simple_rnn": simple_rnn, "lstm": lstm, "gru": gru}[chosen.model]
    inputs = jnp.swapaxes(weights["table"][ids] @ weights["kernel"] + weights["bias"], 0, 1)
    zeros = jnp.zeros((ids.shape[0], UNITS))
    carry = (zeros, zeros) if chosen.model == "lstm" else (zeros,)
    carry, _ = jax.lax.scan(lambda state, z: (step(weights, state, z), None), carry, inputs)
    return carry[0] @ weights["out"] + weights["out_bias"]


def review_loss(weights, x, y):
    logits = review_logits(weights, x)
    return jnp.mean(jnp.maximum(logits, 0) - logits * y + jnp.log1p(jnp.exp(-jnp.abs(logits))))


def adam(weights, gradients, state, rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    first, second, step = state
    step = step + 1
    first = jax.tree.map(lambda m, g: beta_1 * m + (1 - beta_1) * g, first, gradients)
    second = jax.tree.map(lambda v, g: beta_2 * v + (1 - beta_2) * g * g, second, gradients)
    rate = rate * jnp.sqrt(1 - beta_2 ** step) / (1 - beta_1 ** step)
    weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + epsilon), weights, first, second)
    return weights, (first, second, step)


def autoencoder_weights():
    keys = jax.random.split(jax.random.key(0), 2)
    return {"in": jax.random.uniform(keys[0], (FEATURES, HIDDEN), minval=-0.05, maxval=0.05),
            "in_bias": jnp.ones(HIDDEN),
            "out": jax.random.uniform(keys[1], (HIDDEN, FEATURES), minval=-0.05, maxval=0.05),
            "out_bias": jnp.ones(FEATURES)}


def decoded(weights, x):
    return jax.nn.relu(jax.nn.relu(x @ weights["in"] + weights["in_bias"]) @ weights["out"] + weights["out_bias"])


def autoencoder_loss(weights, x, y):
    return jnp.mean((decoded(weights, x) - y) ** 2)


def sgd(weights, gradients, state):
    return jax.tree.map(lambda w, g: w - 0.01 * g, weights, gradients), state


def build():
    if chosen.model == "autoencoder":
        weights, loss, update, state = autoencoder_weights(), autoencoder_loss, sgd, ()
        output = decoded
    else:
        weights, loss, update = review_weights(), review_loss, adam
        zeros = jax.tree.map(jnp.zeros_like, weights)
        state = (zeros, zeros, jnp.zeros(()))
        output = lambda w, ids: jax.nn.sigmoid(review_logits(w, ids))  # noqa: E731
    held = [weights, state]

    @jax.jit
    def step(weights, state, x, y):
        value, gradients = jax.value_and_grad(loss)(weights, x, y)
        return (value, *update(weights, gradients, state))

    def train(x, y):
        value, *held[:] = jax.block_until_ready(step(*held, x, y))
        return value

    predict = jax.jit(output)
    return train, lambda x: predict(held[0], x).block_until_ready()


how = "jit" if chosen.model == "autoencoder" else "lax.scan"
measure.run(f"JAX {jax.__version__}, {how}", chosen, build)
