"""The network: a MobileNet backbone read from TensorFlow Lite, and a dense head for the classes of waste."""
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tflite import ADD, CONVOLUTION, DEPTHWISE, read_graph

CLASSES = [
    "paper", "cardboard", "carton", "glass", "metal", "pet", "plastic", "film", "trash",
    "clothes", "shoes", "electronics", "food",
]  # fmt: skip


class Convolution(nn.Module):
    """A convolution with TensorFlow's SAME padding, which is uneven where the stride is 2."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray, stride: int, depthwise: bool, relu6: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(np.ascontiguousarray(weight)))
        self.bias = nn.Parameter(torch.tensor(bias))
        self.stride, self.relu6 = stride, relu6
        self.groups = weight.shape[0] if depthwise else 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size = self.weight.shape[2]
        if size > 1:
            over = [max((-(-n // self.stride) - 1) * self.stride + size - n, 0) for n in x.shape[2:]]
            x = F.pad(x, (over[1] // 2, -(-over[1] // 2), over[0] // 2, -(-over[0] // 2)))
        x = F.conv2d(x, self.weight, self.bias, self.stride, 0, 1, self.groups)
        return x.clamp(0, 6) if self.relu6 else x


class Network(nn.Module):
    """Takes N x 3 x size x size, values -1 to 1, and gives N x classes logits."""

    def __init__(self, backbone: Path):
        super().__init__()
        graph = read_graph(backbone)
        self.layers = nn.ModuleList()
        self.plan: list[tuple[str, list[int], int]] = []  # kind, inputs, output, by tensor number
        for operator in graph.operators:
            inputs, output = operator.inputs, operator.outputs[0]
            if operator.code == ADD:
                self.plan.append(("add", inputs[:2], output))
            elif operator.code in (CONVOLUTION, DEPTHWISE):
                depthwise = operator.code == DEPTHWISE
                order = (3, 0, 1, 2) if depthwise else (0, 3, 1, 2)
                weight, bias = graph.values[inputs[1]].transpose(order), graph.values[inputs[2]]
                self.layers.append(Convolution(weight, bias, operator.stride, depthwise, operator.relu6))
                self.plan.append(("convolution", inputs[:1], output))
            elif self.plan:
                break  # pooling: what follows is the head for ImageNet
        self.head = nn.Linear(self.layers[-1].weight.shape[0], len(CLASSES))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        tensors = {self.plan[0][1][0]: x}
        layers = iter(self.layers)
        for kind, inputs, output in self.plan:
            values = [tensors[number] for number in inputs]
            tensors[output] = values[0] + values[1] if kind == "add" else next(layers)(values[0])
        return tensors[self.plan[-1][2]].mean((2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x))
