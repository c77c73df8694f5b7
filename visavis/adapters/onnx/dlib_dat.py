"""Reads the weights of dlib's face recognition ResNet from its published `.dat` file.

The file is dlib's own serialisation of one fixed network (`dnn_face_recognition_ex`, King 2017), not a general
format, so the reader knows the whole structure beforehand and insists on it: every count, name, shape and
hyper-parameter is compared with what that network must have, and all the bytes must be used. A shorter, longer
or foreign file is refused before a number of it is used. Nothing in it is executed and memory is bounded by
the size of the file, which is itself bounded.

Serialisation, as found in files written by dlib 19 and 20:

- integer: a control byte (low nibble: how many bytes follow, 1–8; top bit: negative), then little-endian bytes;
- real: integer mantissa, integer exponent of two;
- text: integer length, bytes;
- flag: the character `0` or `1`;
- tensor: integer 2, four dimensions (samples, channels, rows, columns), raw little-endian float32.

A network is written from the outside in (a version number per layer), then from the inside out (a layer's
name, parameters and training state).
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.domain.errors import FileUnreadable

Float32 = NDArray[np.float32]

SIZE_PX = 150
"""Rows and columns of the chip that the network was trained on."""

DIMENSION = 128
"""Length of a descriptor."""

MEAN_RGB = (122.782, 117.001, 104.298)
"""Colour to subtract from every pixel (0–255); the difference is then divided by 256."""

STEM_WIDTH = 32
BLOCKS: tuple[tuple[int, bool], ...] = (
    *[(32, False)] * 3,
    (64, True),
    *[(64, False)] * 3,
    (128, True),
    *[(128, False)] * 2,
    (256, True),
    *[(256, False)] * 2,
    (256, True),
)
"""Residual blocks from input to output: (channels, halves the resolution)."""

MAX_FILE_BYTES = 64 * 1024 * 1024
_TENSOR_VERSION = 2
_NEGATIVE = 0x80
_EXPONENT_LIMIT = 300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Convolution:
    """A convolution followed by a channel-wise affine map: `scale * (kernel * x + bias) + shift`.

    `kernel` is (out, in, rows, columns); `bias`, `scale` and `shift` are (out,).
    """

    kernel: Float32
    bias: Float32
    scale: Float32
    shift: Float32
    stride: int
    padding: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Two convolutions beside a shortcut; `down` blocks halve rows and columns."""

    first: Convolution
    second: Convolution
    down: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DlibWeights:
    """All that the network has learned. `projection` is (256, 128)."""

    stem: Convolution
    blocks: tuple[Block, ...]
    projection: Float32


def read(dat: Path) -> DlibWeights:
    """Weights of the network in `dat`.

    Raises:
        FileUnreadable: the file cannot be opened, is truncated, too long, or holds anything else.
    """
    try:
        size = dat.stat().st_size
        if size > MAX_FILE_BYTES:
            raise FileUnreadable(f"{dat.name} has {size} bytes, more than dlib's network can have.")
        data = dat.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{dat.name} cannot be read: {error.strerror}.") from error
    return parse(data)


def parse(data: bytes) -> DlibWeights:
    """As `read`, from bytes.

    Raises:
        FileUnreadable: the bytes are not that network, whole and alone.
    """
    cursor = _Cursor(data)
    cursor.loss()
    for version in _layer_versions():
        cursor.expect(version, "layer version")
    cursor.input_layer()
    stem = cursor.convolution(3, STEM_WIDTH, kernel=7, stride=2, innermost=True)
    cursor.plain("relu_")
    cursor.pooling("max_pool_2", window=3, stride=2)
    blocks = tuple(_blocks(cursor))
    cursor.plain("relu_")
    cursor.pooling("avg_pool_2", window=0, stride=1)
    projection = cursor.projection(BLOCKS[-1][0], DIMENSION)
    cursor.end()
    return DlibWeights(stem=stem, blocks=blocks, projection=projection)


def _blocks(cursor: "_Cursor") -> list[Block]:
    blocks: list[Block] = []
    width = STEM_WIDTH
    for channels, down in BLOCKS:
        if blocks:
            cursor.plain("relu_")
        first = cursor.convolution(width, channels, kernel=3, stride=2 if down else 1)
        cursor.plain("relu_")
        second = cursor.convolution(channels, channels, kernel=3, stride=1)
        if down:
            cursor.pooling("avg_pool_2", window=2, stride=2)
        cursor.plain("add_prev_")
        blocks.append(Block(first=first, second=second, down=down))
        width = channels
    return blocks


def _layer_versions() -> list[int]:
    """Versions in the order written: 2 for a layer, 1 for a tag or a skip, 3 for the one beside the input."""
    versions = [2, 2]
    for _, down in reversed(BLOCKS):
        versions += [2, 2, *([2, 1, 1] if down else []), 2, 2, 2, 2, 2, 1]
    return [*versions, 2, 2, 2, 3]


class _Cursor:
    """A position in the bytes; each method reads one thing and moves behind it."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    def take(self, count: int) -> memoryview:
        end = self._at + count
        if end > len(self._data):
            raise FileUnreadable(f"The dlib file ends at byte {len(self._data)}, {end} were expected.")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def refuse(self, what: str, found: object, wanted: object) -> FileUnreadable:
        return FileUnreadable(
            f"Not dlib's face recognition network: {what} is {found}, not {wanted}, before byte {self._at}."
        )

    def integer(self) -> int:
        control = self.take(1)[0]
        count = control & 0x0F
        if not 1 <= count <= 8 or control & 0x70:
            raise self.refuse("control byte", hex(control), "an integer's")
        value = int.from_bytes(self.take(count), "little")
        return -value if control & _NEGATIVE else value

    def expect(self, wanted: int, what: str) -> None:
        found = self.integer()
        if found != wanted:
            raise self.refuse(what, found, wanted)

    def real(self) -> float:
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) > _EXPONENT_LIMIT:
            raise self.refuse("exponent", exponent, "that of a finite float32")
        return math.ldexp(mantissa, exponent)

    def expect_reals(self, wanted: tuple[float, ...], what: str) -> None:
        found = tuple(self.real() for _ in wanted)
        if not np.allclose(found, wanted, rtol=1e-6, atol=0):
            raise self.refuse(what, found, wanted)

    def name(self, wanted: str) -> None:
        self.expect(len(wanted), f"length of the name {wanted}")
        found = bytes(self.take(len(wanted)))
        if found != wanted.encode():
            raise self.refuse("name", found, wanted)

    def shape(self, version: int, wanted: tuple[int, int, int, int]) -> None:
        self.expect(version, "shape version")
        found = tuple(self.integer() for _ in wanted)
        if found != wanted:
            raise self.refuse("shape", found, wanted)

    def tensor(self, wanted: tuple[int, int, int, int]) -> Float32:
        self.shape(_TENSOR_VERSION, wanted)
        raw = np.frombuffer(self.take(4 * math.prod(wanted)), dtype="<f4")
        if not np.isfinite(raw).all():
            raise self.refuse("a weight", "not finite", "a number")
        return raw.astype(np.float32)

    def state(self) -> None:
        """Training state behind each layer: three flags and three tensors that a clean network has empty."""
        flags = bytes(self.take(3))
        if not set(flags) <= set(b"01"):
            raise self.refuse("flags", flags, "zeros and ones")
        for _ in range(3):
            self.tensor((0, 0, 0, 0))

    def loss(self) -> None:
        self.expect(1, "file version")
        self.name("loss_metric_2")
        self.expect_reals((0.04, 0.6), "margin and distance threshold")

    def input_layer(self) -> None:
        self.name("input_rgb_image_sized")
        self.expect_reals(MEAN_RGB, "mean colour")
        self.expect(SIZE_PX, "rows")
        self.expect(SIZE_PX, "columns")

    def plain(self, name: str) -> None:
        self.name(name)
        self.state()

    def pooling(self, name: str, *, window: int, stride: int) -> None:
        self.name(name)
        for wanted in (window, window, stride, stride, 0, 0):
            self.expect(wanted, f"a size of {name}")
        self.state()

    def convolution(
        self, inputs: int, outputs: int, *, kernel: int, stride: int, innermost: bool = False
    ) -> Convolution:
        padding = kernel // 2 if stride == 1 else 0
        shape = (outputs, inputs, kernel, kernel)
        self.name("con_4")
        weights = self.tensor((math.prod(shape) + outputs, 1, 1, 1))
        for wanted in (outputs, kernel, kernel, stride, stride, padding, padding):
            self.expect(wanted, "a size of con_4")
        self.shape(1, shape)
        self.shape(1, (1, outputs, 1, 1))
        self.expect_reals((1.0, 1.0, 1.0, 0.0), "learning rates")
        self.state()
        if innermost:
            self.expect(1, "sample expansion")
        scale, shift = self._affine(outputs)
        return Convolution(
            kernel=weights[:-outputs].reshape(shape),
            bias=weights[-outputs:],
            scale=scale,
            shift=shift,
            stride=stride,
            padding=padding,
        )

    def _affine(self, channels: int) -> tuple[Float32, Float32]:
        self.name("affine_")
        weights = self.tensor((2 * channels, 1, 1, 1))
        self.shape(1, (1, channels, 1, 1))
        self.shape(1, (1, channels, 1, 1))
        self.expect(0, "mode of affine_")
        self.state()
        return weights[:channels], weights[channels:]

    def projection(self, inputs: int, outputs: int) -> Float32:
        self.name("fc_2")
        self.expect(outputs, "outputs of fc_2")
        self.expect(inputs, "inputs of fc_2")
        weights = self.tensor((inputs, outputs, 1, 1))
        self.shape(1, (inputs, outputs, 1, 1))
        self.shape(1, (0, 0, 0, 0))
        self.expect(1, "bias mode of fc_2")
        self.expect_reals((1.0, 1.0, 1.0, 0.0), "learning rates")
        self.state()
        return weights.reshape(inputs, outputs)

    def end(self) -> None:
        if self._at != len(self._data):
            raise FileUnreadable(f"The dlib file goes on behind the network, at byte {self._at}.")
