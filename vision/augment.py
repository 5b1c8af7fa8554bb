"""Photographs as a resident might take them: other backgrounds, distances, angles, light and cameras.

Pictures are float tensors N x 3 x H x W, values -1 to 1.
"""
import math

import numpy as np
import torch
from torch.nn import functional as F


def uniform(n: int, low: float, high: float) -> torch.Tensor:
    return torch.empty(n, 1, 1, 1).uniform_(low, high)


def chance(probability: float) -> bool:
    return np.random.rand() < probability


def foreground(picture: np.ndarray) -> np.ndarray | None:
    """The object's opacity, H x W from 0 to 1, in a photo taken before a plain board; None where no board is seen.

    A plane is fitted through the colours of the border, since light falls off over the board.
    """
    size = picture.shape[0]
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    plane = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], -1).reshape(-1, 6)
    rim = np.zeros((size, size), bool)
    rim[:9], rim[-9:], rim[:, :9], rim[:, -9:] = True, True, True, True
    colours, rim = picture.reshape(-1, 3).astype(np.float32), rim.ravel()
    fit = np.linalg.lstsq(plane[rim], colours[rim], rcond=None)[0]
    distance = np.abs(colours - plane @ fit).max(1)
    spread = np.median(distance[rim])
    if spread > 9:
        return None
    mask = torch.tensor((distance > max(14, 3.5 * spread)).reshape(1, 1, size, size), dtype=torch.float32)
    mask = 1 - F.max_pool2d(1 - F.max_pool2d(mask, 13, 1, 6), 13, 1, 6)  # closes gaps, as in glass
    mask = -F.max_pool2d(-mask, 3, 1, 1)
    share = mask.mean().item()
    if not 0.06 < share < 0.8:
        return None
    return F.avg_pool2d(mask, 5, 1, 2)[0, 0].numpy()


def texture(size: int) -> torch.Tensor:
    """Noise of several grains between two colours, stretched: cloth, wood, gravel, a tiled floor from afar."""
    noise = torch.zeros(1, 1, size, size)
    stretch = 1 if chance(0.6) else np.random.randint(2, 9)
    for cells in (2, 5, 12, 30, 75):
        if chance(0.6):
            grain = torch.randn(1, 1, cells, max(2, cells // stretch))
            noise += F.interpolate(grain, (size, size), mode="bilinear", align_corners=False) * np.random.rand()
    if chance(0.2):
        period = np.random.randint(8, 60)
        noise += ((torch.arange(size) % period < 2).float() * 2).view(1, 1, 1, -1)
        noise += ((torch.arange(size) % period < 2).float() * 2).view(1, 1, -1, 1)
    mix = torch.sigmoid(noise * np.random.uniform(0.3, 2))[0]
    first, second = (torch.rand(3, 1, 1) * 2 - 1 for _ in range(2))
    if chance(0.6):  # most floors and tables are nearly grey
        grey = torch.rand(1) * 2 - 1
        first, second = grey + (first - grey) * 0.15, grey + (second - grey) * 0.35
    return first * mix + second * (1 - mix)


def background(others: torch.Tensor, named: bool = True) -> torch.Tensor:
    """3 x H x W: a texture, or another photo out of focus or enlarged. Not `named`: nothing of the classes is seen."""
    size = others.shape[-1]
    if chance(0.45):
        return texture(size)
    other = others[np.random.randint(len(others))][None]
    if named and chance(0.5):
        part = np.random.randint(size // 6, size // 3)
        top, left = np.random.randint(0, size - part, 2)
        return F.interpolate(other[:, :, top : top + part, left : left + part], (size, size), mode="bilinear", align_corners=False)[0]
    blurred = F.avg_pool2d(F.interpolate(other, (56, 56), mode="area"), (5 if named else 11), 1, count_include_pad=False)
    return F.interpolate(blurred, (size, size), mode="bilinear", align_corners=False)[0]


def strange(others: torch.Tensor) -> torch.Tensor:
    """3 x H x W with nothing of the classes: a background, a jigsaw of photos, or a made-up thing on a background."""
    size = others.shape[-1]
    kind = np.random.rand()
    if kind < 0.3:
        return background(others, named=False)
    if kind < 0.55:
        pieces = np.random.choice([3, 4, 6])
        part = size // pieces
        picture = others[0].clone()
        for row in range(pieces):
            for column in range(pieces):
                top, left = np.random.randint(0, size - part, 2)
                piece = others[np.random.randint(len(others)), :, top : top + part, left : left + part]
                picture[:, row * part : (row + 1) * part, column * part : (column + 1) * part] = piece
        return picture
    y, x = torch.meshgrid(torch.linspace(-1, 1, size), torch.linspace(-1, 1, size), indexing="ij")
    picture = background(others, named=False)
    for _ in range(np.random.randint(1, 5)):
        turn, (across, down) = np.random.rand() * math.pi, np.random.uniform(-0.4, 0.4, 2)
        u = ((x - across) * math.cos(turn) + (y - down) * math.sin(turn)) / np.random.uniform(0.08, 0.6)
        v = ((y - down) * math.cos(turn) - (x - across) * math.sin(turn)) / np.random.uniform(0.08, 0.6)
        power = np.random.choice([2, 4, 10])
        shape = torch.sigmoid((1 - (u.abs() ** power + v.abs() ** power)) * 20)
        surface = texture(size) if chance(0.5) else (torch.rand(3, 1, 1) * 2 - 1).expand(3, size, size)
        if chance(0.4):  # a label across it
            band = ((u - np.random.uniform(-0.5, 0.5)).abs() < np.random.uniform(0.1, 0.5)).float()
            surface = surface * (1 - band) + (torch.rand(3, 1, 1) * 2 - 1) * band
        shade = 1 - np.random.uniform(0, 0.7) * (v.clamp(-1, 1) ** 2)
        shine = torch.exp(-((v - np.random.uniform(-0.6, 0.6)) ** 2) * 60) * np.random.choice([0, 0.7])
        surface = ((surface + 1) * shade - 1 + shine).clamp(-1, 1)
        picture = picture * (1 - shape) + surface * shape
    return picture


def other_place(picture: torch.Tensor, mask: torch.Tensor | None, others: torch.Tensor, shelf: bool) -> torch.Tensor:
    """The same object somewhere else: cut out by its mask, or by a box where a shop's shelf stands around it."""
    size = picture.shape[-1]
    if mask is not None:
        shadow = F.avg_pool2d(mask[None, None], 31, 1, 15)[0] * np.random.uniform(0, 0.4)
        place = (background(others) + 1) * (1 - shadow) - 1
        return picture * mask + place * (1 - mask)
    if not shelf:
        return picture
    half_width, half_height = np.random.uniform(0.2, 0.34), np.random.uniform(0.34, 0.5)
    top, bottom = int(size * (0.5 - half_height)), int(size * (0.5 + half_height))
    left, right = int(size * (0.5 - half_width)), int(size * (0.5 + half_width))
    place = background(others).clone()
    place[:, top:bottom, left:right] = picture[:, top:bottom, left:right]
    return place


def photographed(x: torch.Tensor, size: int) -> torch.Tensor:
    """Distance, angle, mirror, perspective, light, colour of light, focus, noise and something in the way."""
    n = len(x)
    turn = torch.tensor(np.random.normal(0, 0.25, n) + np.random.choice(4, n, p=[0.7, 0.1, 0.1, 0.1]) * math.pi / 2)
    scale = torch.exp(torch.empty(n).uniform_(math.log(0.45), math.log(1.25)))
    ratio = torch.exp(torch.empty(n).uniform_(-0.3, 0.3))
    mirror = torch.randint(0, 2, (n,)) * 2 - 1
    across, down, free = scale * ratio, scale / ratio, (1 - scale).clamp(min=0) * 0.7
    move = torch.zeros(n, 2, 3)
    move[:, 0, 0], move[:, 0, 1] = mirror * across * turn.cos(), -down * turn.sin()
    move[:, 1, 0], move[:, 1, 1] = mirror * across * turn.sin(), down * turn.cos()
    move[:, 0, 2], move[:, 1, 2] = (torch.rand(n) * 2 - 1) * free, (torch.rand(n) * 2 - 1) * free
    grid = F.affine_grid(move, (n, 3, size, size), align_corners=False)
    tilt = 1 + (grid * torch.randn(n, 1, 1, 2).clamp(-2, 2) * 0.12).sum(-1, keepdim=True)
    x = F.grid_sample(x, grid / tilt.clamp(min=0.5), padding_mode="reflection", align_corners=False)

    light = torch.exp(torch.randn(n, 1, 1, 1).clamp(-2, 2) * 0.3)
    x = ((x + 1) / 2).clamp(1e-3, 1) ** torch.exp(torch.randn(n, 1, 1, 1).clamp(-2, 2) * 0.25) * light * 2 - 1
    x = (x + 1) * (1 + 0.08 * torch.randn(n, 3, 1, 1)) - 1
    mean = x.mean((1, 2, 3), keepdim=True)
    x = (x - mean) * uniform(n, 0.6, 1.4) + mean
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * uniform(n, 0.4, 1.5)
    soft = torch.rand(n) < 0.25
    if soft.any():
        x[soft] = F.avg_pool2d(x[soft], 3, 1, 1, count_include_pad=False)
    coarse = torch.rand(n) < 0.1
    if coarse.any():
        x[coarse] = F.interpolate(F.interpolate(x[coarse], scale_factor=0.5, mode="area"), (size, size), mode="bilinear", align_corners=False)
    x = (x + torch.randn_like(x) * uniform(n, 0, 0.06)).clamp(-1, 1)
    for index in np.flatnonzero(np.random.rand(n) < 0.25):
        part = int(size * np.random.uniform(0.12, 0.4))
        top, left = np.random.randint(0, size - part, 2)
        x[index, :, top : top + part, left : left + part] = torch.rand(3, 1, 1) * 2 - 1
    return x
