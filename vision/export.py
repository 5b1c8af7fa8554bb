"""Writes the trained network as the weights file that the Worker reads; `src/photo-model/weights-file.ts` describes it.

Weights are quantized to int8, one scale an output channel; biases and scales stay float32.
"""
import argparse
import copy
import gzip
import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import torch

from network import CLASSES, Network
from train import average


def quantized(rows: np.ndarray, bias: np.ndarray) -> bytes:
    """@param rows: rows x outputs."""
    scale = np.maximum(np.abs(rows).max(0), 1e-8) / 127
    weights = np.clip(np.round(rows / scale), -127, 127).astype(np.int8).tobytes()
    padding = b"\0" * (-len(weights) % 4)
    return scale.astype("<f4").tobytes() + bias.astype("<f4").tobytes() + weights + padding


def layers_of(network: Network) -> tuple[list[dict], list[bytes]]:
    headers, parameters = [], []
    number_of = {}  # by tensor number
    convolutions = iter(network.layers)
    for kind, inputs, output in network.plan:
        if kind == "add":
            # One of the two is the layer before; the other is named.
            earlier = min(number_of[tensor] for tensor in inputs)
            headers.append({"kind": "add", "layer": earlier})
        else:
            layer = next(convolutions)
            weight = layer.weight.detach().numpy()
            header = {"activation": "relu6" if layer.relu6 else "none"}
            if layer.groups > 1:
                header |= {"kind": "depthwise", "stride": layer.stride}
                rows = weight[:, 0].transpose(1, 2, 0).reshape(9, -1)
            elif weight.shape[2] == 3:
                header |= {"kind": "convolution", "stride": layer.stride, "outputs": weight.shape[0]}
                rows = weight.transpose(2, 3, 1, 0).reshape(-1, weight.shape[0])
            else:
                header |= {"kind": "pointwise", "outputs": weight.shape[0]}
                rows = weight[:, :, 0, 0].T
            headers.append(header)
            parameters.append(quantized(rows, layer.bias.detach().numpy()))
        number_of[output] = len(headers) - 1
    headers.append({"kind": "pool"})
    headers.append({"kind": "pointwise", "outputs": len(CLASSES)})
    parameters.append(quantized(network.head.weight.detach().numpy().T, network.head.bias.detach().numpy()))
    return headers, parameters


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--backbone", type=Path, required=True)
    options.add_argument("--network", type=Path, required=True, help="what train.py has written")
    options.add_argument("--out", type=Path, required=True, help="folder of the weights file")
    options.add_argument("--share", type=float, default=0.2, help="share of the weights that training started from")
    options.add_argument("--temperature", type=float, default=1)
    options.add_argument("--looks", nargs="+", default=["whole"])
    given = options.parse_args()
    saved = torch.load(given.network)
    network = Network(given.backbone)
    network.load_state_dict(saved["trained"])
    start = copy.deepcopy(network)
    start.load_state_dict(saved["start"])
    average(network, start, given.share)
    headers, parameters = layers_of(network)
    header = {"size": saved["size"], "classes": CLASSES, "temperature": given.temperature, "looks": given.looks}
    text = json.dumps(header | {"layers": headers}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    content = struct.pack("<I", len(text)) + text + b"".join(parameters)
    digest = hashlib.sha256(content).hexdigest()
    (given.out / f"photo-{digest[:8]}.bin").write_bytes(content)
    print(f"photo-{digest[:8]}.bin: {len(content)} bytes, {len(gzip.compress(content))} gzipped, sha256 {digest}")


if __name__ == "__main__":
    main()
