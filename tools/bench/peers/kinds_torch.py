"""PyTorch on the models of tools/bench/kinds.cc: MODEL THREADS SECONDS."""

import json
import os
import sys

name, threads, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
os.environ.update(CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS=threads)

import torch  # noqa: E402  reads the environment
from kinds_data import batch, median_ms  # noqa: E402
from torch import nn  # noqa: E402

torch.set_flush_denormal(True)  # as TensorFlow and XLA do
torch.set_num_threads(int(threads))
torch.manual_seed(0)


class Last(nn.Module):
    """What an LSTM gives: the last step, forward and backward, or all steps."""

    def __init__(self, features, units, both=False, all_steps=False):
        super().__init__()
        self.lstm = nn.LSTM(features, units, batch_first=True, bidirectional=both)
        self.all_steps = all_steps

    def forward(self, x):
        steps, (last, _) = self.lstm(x)
        return steps if self.all_steps else torch.cat(list(last), dim=-1)


class Repeat(nn.Module):
    def forward(self, x):
        return x[:, None].expand(-1, 28, -1)


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(64, 4, batch_first=True)
        self.first, self.second = nn.LayerNorm(64, 1e-6), nn.LayerNorm(64, 1e-6)
        self.widen = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64))
        self.out = nn.Linear(64, 1)

    def forward(self, x):
        x = self.first(x + self.attention(x, x, x, need_weights=False)[0])
        return self.out(self.second(x + self.widen(x)).mean(dim=1))


def mlp(features, hidden):
    return nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
                         nn.Linear(hidden, 10))


def convolutional_autoencoder():
    return nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                         nn.ConvTranspose2d(32, 32, 3, 2, padding=1, output_padding=1), nn.ReLU(),
                         nn.ConvTranspose2d(32, 32, 3, 2, padding=1, output_padding=1), nn.ReLU(),
                         nn.Conv2d(32, 1, 3, padding=1))


def convnet():
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10))


MODELS = {
    "mlp": lambda: mlp(784, 128),
    "wide_32": lambda: mlp(2000, 2000),
    "wide_128": lambda: mlp(2000, 2000),
    "bidirectional_lstm": lambda: nn.Sequential(Last(32, 64, both=True), nn.Linear(128, 1)),
    "lstm_autoencoder": lambda: nn.Sequential(Last(28, 64), Repeat(), Last(64, 64, all_steps=True), nn.Linear(64, 28)),
    "transformer": Transformer,
    "convnet": convnet,
    "convolutional_autoencoder": convolutional_autoencoder,
}

model = MODELS[name]()
data_x, data_y, kind = batch(name)
x, y = torch.from_numpy(data_x), torch.from_numpy(data_y)
if x.ndim == 4:  # PyTorch's images have the channels in front
    x = x.permute(0, 3, 1, 2).contiguous()
    y = y.permute(0, 3, 1, 2).contiguous() if y.ndim == 4 else y
if kind == "classes":
    y = y.long()
loss = {"classes": nn.CrossEntropyLoss(), "truths": nn.BCEWithLogitsLoss(), "values": nn.MSELoss()}[kind]
optimizer = torch.optim.Adam(model.parameters(), 1e-3)


def step():
    optimizer.zero_grad()
    value = loss(model(x), y)
    value.backward()
    optimizer.step()
    return value.item()


print(json.dumps({"name": f"PyTorch {torch.__version__}", "train_ms": median_ms(seconds, step)}), flush=True)
