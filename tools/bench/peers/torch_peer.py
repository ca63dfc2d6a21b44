"""PyTorch, its recurrent module or a loop in Python: MODEL THREADS SECONDS FOLDER module|loop."""

import os

import measure

chosen = measure.options("module", "loop")
os.environ.update(CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS=str(chosen.threads))

import torch  # noqa: E402  reads the environment
from batches import FEATURES, STEPS, WORDS  # noqa: E402
from measure import EMBEDDING, HIDDEN, UNITS  # noqa: E402
from torch import nn  # noqa: E402

torch.set_flush_denormal(True)  # as TensorFlow and XLA do; Intel's processors are slow with such numbers
torch.set_num_threads(chosen.threads)
torch.manual_seed(0)


class RecurrentModule(nn.Module):
    """nn.RNN, nn.LSTM or nn.GRU."""

    def __init__(self):
        super().__init__()
        kind = {"simple_rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[chosen.model]
        self.layer = kind(EMBEDDING, UNITS, batch_first=True)

    def forward(self, x):
        last = self.layer(x)[1]
        return last[0][0] if isinstance(last, tuple) else last[0]


class SimpleLoop(nn.Module):
    """The input projection of all steps at once, then a step after the other."""

    def __init__(self):
        super().__init__()
        self.project = nn.Linear(EMBEDDING, UNITS)
        self.recurrent = nn.Parameter(torch.linalg.qr(torch.randn(UNITS, UNITS))[0])

    def forward(self, x):
        z, h = self.project(x), x.new_zeros(x.shape[0], UNITS)
        for t in range(STEPS):
            h = torch.tanh(z[:, t] + h @ self.recurrent)
        return h


class CellLoop(nn.Module):
    """nn.LSTMCell or nn.GRUCell, a step after the other."""

    def __init__(self):
        super().__init__()
        self.cell = {"lstm": nn.LSTMCell, "gru": nn.GRUCell}[chosen.model](EMBEDDING, UNITS)

    def forward(self, x):
        state = None
        for t in range(STEPS):
            state = self.cell(x[:, t], state)
        return state[0] if isinstance(state, tuple) else state


def reviews():
    loop = SimpleLoop if chosen.model == "simple_rnn" else CellLoop
    recurrent = RecurrentModule if chosen.variant == "module" else loop
    model = nn.Sequential(nn.Embedding(WORDS, EMBEDDING), recurrent(), nn.Linear(UNITS, 1))
    return model, nn.BCEWithLogitsLoss(), torch.optim.Adam(model.parameters(), 1e-3)


def autoencoder():
    model = nn.Sequential(nn.Linear(FEATURES, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, FEATURES), nn.ReLU())
    with torch.no_grad():
        for layer in (model[0], model[2]):
            layer.weight.uniform_(-0.05, 0.05)
            layer.bias.fill_(1)
    return model, nn.MSELoss(), torch.optim.SGD(model.parameters(), 0.01)


def build():
    is_text = chosen.model != "autoencoder"
    model, loss, optimizer = reviews() if is_text else autoencoder()

    def train(x, y):
        optimizer.zero_grad()
        loss(model(torch.from_numpy(x)), torch.from_numpy(y)).backward()
        optimizer.step()

    @torch.no_grad()
    def predict(x):
        out = model(torch.from_numpy(x))
        return (torch.sigmoid(out) if is_text else out).numpy()

    return train, predict


kind = {"simple_rnn": "nn.RNN", "lstm": "nn.LSTM", "gru": "nn.GRU", "autoencoder": "modules"}[chosen.model]
version = torch.__version__.partition("+")[0]
measure.run(f"PyTorch {version}, {kind if chosen.variant == 'module' else 'Python loop'}", chosen, build)
