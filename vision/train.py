"""Trains the photo model: fine-tunes an ImageNet backbone to the classes of waste.

Needs Debian's python3-torch, python3-numpy and python3-pil. One thread; an epoch takes about three minutes.
"""
import argparse
import copy
import csv
import math
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from augment import chance, foreground, other_place, photographed, strange
from network import CLASSES, Network

BATCH = 32
STRANGE = 4
"""Pictures a batch that show nothing of the classes: the network learns to be unsure of them."""


class Photos:
    """The photos of one split, as N x 3 x 224 x 224 bytes, with their classes."""

    def __init__(self, rows: list[dict], folder: Path):
        self.labels = torch.tensor([CLASSES.index(row["class"]) for row in rows])
        pictures = [np.asarray(Image.open(folder / row["file"]).convert("RGB")) for row in rows]
        boards = [row["set"] == "trashnet" for row in rows]
        self.masks = [foreground(p) if board else None for p, board in zip(pictures, boards)]
        self.pictures = torch.tensor(np.stack(pictures)).permute(0, 3, 1, 2)

    def floats(self, indices) -> torch.Tensor:
        return self.pictures[indices].float() / 127.5 - 1

    def plain(self, indices, size: int) -> torch.Tensor:
        return F.interpolate(self.floats(indices), (size, size), mode="area")

    def batch(self, indices, size: int) -> torch.Tensor:
        """Augmented photos, followed by STRANGE pictures."""
        x = self.floats(indices)
        pictures = []
        for picture, index in zip(x, indices):
            carton = CLASSES[self.labels[index]] == "carton"
            mask = self.masks[index]
            cut = torch.tensor(mask) if mask is not None and chance(0.5) else None
            pictures.append(other_place(picture, cut, x, shelf=carton and chance(0.6)))
        return photographed(torch.stack(pictures + [strange(x) for _ in range(STRANGE)]), size)


@torch.no_grad()
def logits(run, photos: Photos, size: int) -> torch.Tensor:
    parts = torch.arange(len(photos.labels)).split(64)
    return torch.cat([run(photos.plain(part, size)) for part in parts])


def start_head(network: Network, photos: Photos, size: int) -> None:
    """A linear probe on the features of the untrained backbone: the head that fine-tuning starts from."""
    features = logits(network.features, photos, size)
    mean, spread = features.mean(0), features.std(0) + 1e-2
    probe = torch.nn.Linear(features.shape[1], len(CLASSES))
    optimizer = torch.optim.AdamW(probe.parameters(), 1e-3, weight_decay=0.3)
    weight = class_weights(photos.labels)
    for _ in range(15):
        for part in torch.randperm(len(features)).split(128):
            output = probe((features[part] - mean) / spread)
            optimizer.zero_grad()
            F.cross_entropy(output, photos.labels[part], weight, label_smoothing=0.05).backward()
            optimizer.step()
    with torch.no_grad():
        network.head.weight.copy_(probe.weight / spread)
        network.head.bias.copy_(probe.bias - probe.weight @ (mean / spread))


def class_weights(labels: torch.Tensor) -> torch.Tensor:
    weight = 1 / torch.bincount(labels, minlength=len(CLASSES)).float().sqrt()
    return weight / weight.mean()


def average(into: torch.nn.Module, other: torch.nn.Module, share: float) -> None:
    """Moves each parameter of `into` by `share` of the way to that of `other`."""
    with torch.no_grad():
        for a, b in zip(into.parameters(), other.parameters()):
            a.lerp_(b, share)


def fine_tune(network: Network, train: Photos, validation: Photos, epochs: int, size: int, save) -> Network:
    """@returns the moving average of the network's weights."""
    for layer in network.layers[: len(network.layers) // 3]:
        layer.requires_grad_(False)
    smooth = copy.deepcopy(network)
    backbone = [p for p in network.layers.parameters() if p.requires_grad]
    groups = [{"params": backbone, "lr": 2e-4}, {"params": network.head.parameters(), "lr": 6e-4}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.02)
    rates = [group["lr"] for group in optimizer.param_groups]
    drawn = class_weights(train.labels)[train.labels]
    per_epoch = len(train.labels) // BATCH
    steps, started = epochs * per_epoch, time.time()
    for step in range(steps):
        if step % per_epoch == 0:
            order = torch.multinomial(drawn, per_epoch * BATCH, replacement=True)
        warm_and_cool = min(1, step / 80) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate * warm_and_cool
        indices = order[step % per_epoch * BATCH :][:BATCH]
        # The first half at a lower resolution, which takes less time.
        x = train.batch(indices, size if 2 * step >= steps else size * 4 // 5)
        target = F.one_hot(train.labels[indices], len(CLASSES)).float() * 0.97 + 0.03 / len(CLASSES)
        known, unknown = x[:BATCH], x[BATCH:]
        if chance(0.3):
            share, other = np.random.beta(0.4, 0.4), torch.randperm(BATCH)
            known = share * known + (1 - share) * known[other]
            target = share * target + (1 - share) * target[other]
        target = torch.cat([target, torch.full((STRANGE, len(CLASSES)), 1 / len(CLASSES))])
        loss = F.cross_entropy(network(torch.cat([known, unknown])), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average(smooth, network, 1 / min(step + 2, 300))
        if step % 20 == 19:
            print(f"step {step + 1}/{steps} loss {loss.item():.3f} {time.time() - started:.0f} s", flush=True)
        if (step + 1) % per_epoch == 0:
            report(f"epoch {(step + 1) // per_epoch}", logits(smooth, validation, size), validation.labels)
            save(smooth)
    return smooth


def report(name: str, output: torch.Tensor, labels: torch.Tensor) -> None:
    probability, chosen = output.softmax(1).max(1)
    right = (chosen == labels).float()
    sure = [f"{(probability >= t).float().mean():.3f}/{right[probability >= t].mean():.4f}" for t in (0.8, 0.9)]
    print(f"{name}: right {right.mean():.4f}; sure at 0.8 {sure[0]}, at 0.9 {sure[1]}", flush=True)
    by_class = [f"{c} {right[labels == i].mean():.2f}" for i, c in enumerate(CLASSES) if (labels == i).any()]
    print("  " + ", ".join(by_class), flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--backbone", type=Path, required=True, help="MobileNet of ImageNet, quantized, as .tflite")
    options.add_argument("--photos", type=Path, required=True, help="folder of the 224 px photos")
    options.add_argument("--labels", type=Path, required=True, help="CSV with the columns file, class, split, set")
    options.add_argument("--out", type=Path, required=True, help="the trained network as .pt")
    options.add_argument("--epochs", type=int, default=16)
    options.add_argument("--size", type=int, default=160)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    np.random.seed(given.seed)

    rows = list(csv.DictReader(given.labels.open()))
    train, validation, test = (
        Photos([row for row in rows if row["split"] == split], given.photos) for split in ("train", "val", "test")
    )
    network = Network(given.backbone)
    start_head(network, train, given.size)
    start = copy.deepcopy(network)
    report("probe", logits(start, validation, given.size), validation.labels)

    def save(trained: Network) -> None:
        torch.save({"start": start.state_dict(), "trained": trained.state_dict(), "size": given.size}, given.out)

    trained = fine_tune(network, train, validation, given.epochs, given.size, save)
    for share in (0, 0.2, 0.4):
        # Weights between start and end see better on photos of other makers.
        mixed = copy.deepcopy(trained)
        average(mixed, start, share)
        report(f"test, {share} of the start", logits(mixed, test, given.size), test.labels)


if __name__ == "__main__":
    main()
