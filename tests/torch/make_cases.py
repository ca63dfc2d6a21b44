"""Writes cases/NAME.safetensors: a state_dict of PyTorch's, and with it what the model makes of an input.

python3 make_cases.py, where torch, numpy and safetensors are installed. The arrays "x" and "y" in the metadata-free file
NAME-data.safetensors are input and output.
"""

import os

import torch
from safetensors.torch import save_file
from torch import nn

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")


class LastLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.lstm = nn.LSTM(4, 5, batch_first=True)
        self.head = nn.Linear(5, 2)

    def forward(self, x):
        return self.head(self.lstm(self.embedding(x))[0][:, -1])


class TwoWays(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(8, eps=1e-3)

    def forward(self, x):
        return self.norm(self.gru(x)[0])


class Stacked(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(3, 4, num_layers=2, batch_first=True)

    def forward(self, x):
        return self.rnn(x)[0]


class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)
        self.norm = nn.BatchNorm2d(3, eps=1e-3)
        self.line = nn.Conv1d(3, 2, 2, bias=False)

    def forward(self, x):
        y = torch.relu(self.norm(self.conv(x.permute(0, 3, 1, 2))))
        return self.line(y.mean(dim=3)).permute(0, 2, 1)


def write(name, model, x):
    for parameter in [*model.parameters(), *model.buffers()]:
        if parameter.dtype == torch.float32:
            parameter.data = torch.randn_like(parameter).abs() * 0.5
    model.eval()
    with torch.no_grad():
        y = model(x).contiguous()
    save_file({key: value.contiguous() for key, value in model.state_dict().items()},
              os.path.join(CASES, f"{name}.safetensors"))
    save_file({"x": x.to(torch.int32) if x.dtype == torch.int64 else x, "y": y},
              os.path.join(CASES, f"{name}-data.safetensors"))


def main():
    torch.manual_seed(1)
    os.makedirs(CASES, exist_ok=True)
    write("lstm", LastLstm(), torch.randint(0, 9, (3, 6)))
    write("two_ways", TwoWays(), torch.randn(3, 5, 3))
    write("stacked", Stacked(), torch.randn(3, 5, 3))
    write("pictures", Pictures(), torch.randn(2, 6, 6, 2))


if __name__ == "__main__":
    main()
