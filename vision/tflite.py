"""Reads the weights of a quantized classification network from a TensorFlow Lite file.

The file is a FlatBuffer; field numbers are those of TensorFlow's schema.fbs. Only what MobileNet uses is read:
convolutions, additions, and what stands before them.
"""
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ADD, CONVOLUTION, DEPTHWISE = 0, 3, 4
RELU6 = 3
INT32, UINT8 = 2, 3


class Table:
    """One FlatBuffer table: a vtable of field offsets, relative to the table."""

    def __init__(self, data: bytes, position: int):
        self.data, self.position = data, position

    def _unpack(self, form: str, position: int):
        return struct.unpack_from("<" + form, self.data, position)[0]

    def _field(self, number: int) -> int | None:
        vtable = self.position - self._unpack("i", self.position)
        entry = 4 + 2 * number
        if entry >= self._unpack("H", vtable):
            return None
        offset = self._unpack("H", vtable + entry)
        return self.position + offset if offset else None

    def number(self, number: int, form: str, default: int = 0) -> int:
        position = self._field(number)
        return default if position is None else self._unpack(form, position)

    def table(self, number: int) -> "Table | None":
        position = self._field(number)
        return None if position is None else Table(self.data, position + self._unpack("I", position))

    def _vector(self, number: int) -> tuple[int, int]:
        position = self._field(number)
        if position is None:
            return 0, 0
        start = position + self._unpack("I", position)
        return start + 4, self._unpack("I", start)

    def tables(self, number: int) -> list["Table"]:
        start, length = self._vector(number)
        places = [start + 4 * index for index in range(length)]
        return [Table(self.data, place + self._unpack("I", place)) for place in places]

    def array(self, number: int, dtype: type) -> np.ndarray:
        start, length = self._vector(number)
        return np.frombuffer(self.data, dtype, length, start)


@dataclass
class Operator:
    """An operator and the numbers of the tensors that it reads and writes."""

    code: int
    inputs: list[int]
    outputs: list[int]
    stride: int = 1
    relu6: bool = False


@dataclass
class Graph:
    operators: list[Operator]
    values: dict[int, np.ndarray] = field(default_factory=dict)
    """Dequantized constants by tensor number, as float32."""


def read_graph(path: Path) -> Graph:
    data = path.read_bytes()
    model = Table(data, struct.unpack_from("<I", data)[0])
    codes = [max(table.number(0, "b"), table.number(3, "i")) for table in model.tables(1)]
    buffers = [table.array(0, np.uint8) for table in model.tables(4)]
    subgraph = model.tables(2)[0]
    graph = Graph([_operator(table, codes[table.number(0, "I")]) for table in subgraph.tables(3)])
    for number, tensor in enumerate(subgraph.tables(0)):
        raw = buffers[tensor.number(2, "I")]
        if raw.size:
            graph.values[number] = _dequantized(tensor, raw)
    return graph


def _operator(table: Table, code: int) -> Operator:
    operator = Operator(code, table.array(1, np.int32).tolist(), table.array(2, np.int32).tolist())
    options = table.table(4)
    if options and code in (CONVOLUTION, DEPTHWISE):
        operator.stride = options.number(1, "i", 1)
        operator.relu6 = options.number(3 if code == CONVOLUTION else 4, "b") == RELU6
    return operator


def _dequantized(tensor: Table, raw: np.ndarray) -> np.ndarray:
    dtype = {INT32: np.int32, UINT8: np.uint8}.get(tensor.number(1, "b"))
    if dtype is None:
        return raw
    values = raw.view(dtype).reshape(tensor.array(0, np.int32)).astype(np.float64)
    quantization = tensor.table(4)
    scales = quantization.array(2, np.float32) if quantization else np.empty(0)
    if scales.size != 1:
        return values.astype(np.float32)
    return ((values - quantization.array(3, np.int64)[0]) * scales[0]).astype(np.float32)
