"""The reader of dlib's weights believes nothing, and reads what dlib wrote."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest

from visavis.adapters.onnx.dlib_dat import BLOCKS, MAX_FILE_BYTES, parse, read
from visavis.domain.errors import FileUnreadable

NOTHING = (0, 0, 0, 0)


class DlibWriter:
    """Writes a network with the structure of dlib's and random weights, as dlib serialises it."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.numbers = np.random.default_rng(7)

    def integers(self, *values: int) -> None:
        for value in values:
            size = max(1, (abs(value).bit_length() + 7) // 8)
            control = size | (0x80 if value < 0 else 0)
            self.parts.append(bytes([control]) + abs(value).to_bytes(size, "little"))

    def reals(self, *values: float) -> None:
        for value in values:
            mantissa, exponent = math.frexp(value)
            self.integers(int(mantissa * 2**24), exponent - 24)

    def name(self, name: str) -> None:
        self.integers(len(name))
        self.parts.append(name.encode())

    def tensor(self, *shape: int) -> None:
        self.integers(2, *shape)
        self.parts.append(self.numbers.normal(0, 0.05, math.prod(shape)).astype("<f4").tobytes())

    def state(self) -> None:
        self.parts.append(b"110")
        for _ in range(3):
            self.tensor(*NOTHING)

    def layer(self, name: str, *sizes: int) -> None:
        self.name(name)
        self.integers(*sizes)
        self.state()

    def convolution(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        pad = kernel // 2 if stride == 1 else 0
        self.name("con_4")
        self.tensor(outputs * inputs * kernel * kernel + outputs, 1, 1, 1)
        self.integers(outputs, kernel, kernel, stride, stride, pad, pad)
        self.integers(1, outputs, inputs, kernel, kernel, 1, 1, outputs, 1, 1)
        self.reals(1, 1, 1, 0)
        self.state()
        if inputs == 3:
            self.integers(1)
        self.name("affine_")
        self.tensor(2 * outputs, 1, 1, 1)
        self.integers(*(1, 1, outputs, 1, 1) * 2, 0)
        self.state()

    def header(self) -> None:
        self.integers(1)
        self.name("loss_metric_2")
        self.reals(0.04, 0.6)
        self.integers(2, 2)
        for _, down in reversed(BLOCKS):
            self.integers(2, 2, *([2, 1, 1] if down else []), 2, 2, 2, 2, 2, 1)
        self.integers(2, 2, 2, 3)
        self.name("input_rgb_image_sized")
        self.reals(122.782, 117.001, 104.298)
        self.integers(150, 150)

    def network(self) -> bytes:
        self.header()
        self.convolution(3, 32, 7, 2)
        self.layer("relu_")
        self.layer("max_pool_2", 3, 3, 2, 2, 0, 0)
        width = 32
        for channels, down in BLOCKS:
            self.convolution(width, channels, 3, 2 if down else 1)
            self.layer("relu_")
            self.convolution(channels, channels, 3, 1)
            if down:
                self.layer("avg_pool_2", 2, 2, 2, 2, 0, 0)
            self.layer("add_prev_")
            self.layer("relu_")
            width = channels
        self.layer("avg_pool_2", 0, 0, 1, 1, 0, 0)
        self.name("fc_2")
        self.integers(128, 256)
        self.tensor(256, 128, 1, 1)
        self.integers(1, 256, 128, 1, 1, 1, *NOTHING, 1)
        self.reals(1, 1, 1, 0)
        self.state()
        return b"".join(self.parts)


@pytest.fixture(scope="module")
def network() -> bytes:
    return DlibWriter().network()


def test_a_whole_network_is_read_with_its_shapes(network: bytes) -> None:
    weights = parse(network)

    assert weights.stem.kernel.shape == (32, 3, 7, 7)
    assert (weights.stem.stride, weights.stem.padding) == (2, 0)
    assert [block.second.kernel.shape[0] for block in weights.blocks] == [width for width, _ in BLOCKS]
    assert [block.first.stride for block in weights.blocks] == [2 if down else 1 for _, down in BLOCKS]
    assert weights.projection.shape == (256, 128)


def test_weights_are_the_numbers_written_in_their_order(network: bytes) -> None:
    written = np.random.default_rng(7).normal(0, 0.05, 32 * 147 + 32).astype(np.float32)

    stem = parse(network).stem

    np.testing.assert_array_equal(stem.kernel, written[:-32].reshape(32, 3, 7, 7))
    np.testing.assert_array_equal(stem.bias, written[-32:])


def test_every_early_end_is_refused(network: bytes) -> None:
    total = len(network)
    for end in [*range(600), *range(600, total, total // 19), *range(total - 120, total, 7), total - 1]:
        with pytest.raises(FileUnreadable, match="ends at byte"):
            parse(network[:end])


def test_bytes_behind_the_network_are_refused(network: bytes) -> None:
    with pytest.raises(FileUnreadable, match="goes on"):
        parse(network + b"\x01")


def test_every_changed_byte_of_the_header_is_refused(network: bytes) -> None:
    for position in range(network.index(b"con_4") + 5):
        changed = bytearray(network[:60_000])
        changed[position] ^= 0x40
        with pytest.raises(FileUnreadable, match="Not dlib's"):
            parse(bytes(changed))


@pytest.mark.parametrize(
    "foreign",
    [b"", b"\x00" * 4096, b"\xff" * 4096, b"\x80\x04\x95", b"PK\x03\x04" * 64, b"\x01\x01\x01\x0d" * 64],
)
def test_foreign_bytes_are_refused(foreign: bytes) -> None:
    with pytest.raises(FileUnreadable):
        parse(foreign)


def test_random_damage_is_refused_or_leaves_numbers(network: bytes) -> None:
    numbers = np.random.default_rng(11)
    for _ in range(20):
        changed = bytearray(network)
        for position in numbers.integers(0, len(changed), 4):
            changed[position] ^= 1 << int(numbers.integers(0, 8))
        try:
            weights = parse(bytes(changed))
        except FileUnreadable:
            continue
        assert np.isfinite(weights.projection).all()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_no_numbers_are_refused(network: bytes, value: float) -> None:
    first_weight = network.index(b"con_4") + len(b"con_4") + 11
    changed = bytearray(network[:60_000])
    changed[first_weight : first_weight + 4] = struct.pack("<f", value)

    with pytest.raises(FileUnreadable, match="not finite"):
        parse(bytes(changed))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"absent\.dat"):
        read(tmp_path / "absent.dat")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        read(tmp_path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.dat"
    with huge.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)

    with pytest.raises(FileUnreadable, match="more than"):
        read(huge)


def test_a_file_is_read_as_its_bytes_are(network: bytes, tmp_path: Path) -> None:
    dat = tmp_path / "network.dat"
    dat.write_bytes(network)

    np.testing.assert_array_equal(read(dat).projection, parse(network).projection)
