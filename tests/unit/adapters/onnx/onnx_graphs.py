"""Small graphs of the contracts of the model families, with weights set by hand."""

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Dimension = int | str


class GraphWriter:
    """Collects nodes and weights; each method returns the name of the value it made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, values: NDArray[np.generic]) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, *inputs: str, to: str = "", **attributes: int | Sequence[int]) -> str:
        name = to or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def conv(
        self,
        source: str,
        kernel: NDArray[np.floating],
        bias: NDArray[np.floating],
        **attributes: int | Sequence[int],
    ) -> str:
        weights = self.constant(kernel.astype(np.float32)), self.constant(bias.astype(np.float32))
        return self.node("Conv", source, *weights, **attributes)

    def model(
        self, input_shape: Sequence[Dimension], outputs: dict[str, Sequence[Dimension]]
    ) -> onnx.ModelProto:
        def value(name: str, shape: Sequence[Dimension]) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))

        results = [value(name, shape) for name, shape in outputs.items()]
        graph = helper.make_graph(self.nodes, "test", [value("input", input_shape)], results, self.weights)
        return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])


def embedder(*slopes: NDArray[np.floating], side: int = 16, dimension: int = 12) -> onnx.ModelProto:
    """A MobileFaceNet in small, as exported: batch of one, PReLU after each convolution, constant reshape."""
    numbers = np.random.default_rng(3)
    writer, flow, channels = GraphWriter(), "input", 3
    for index, slope in enumerate(slopes):
        depthwise = index % 2 == 1
        kernel = numbers.normal(0, 0.5, (8, 1 if depthwise else channels, 3, 3))
        flow = writer.conv(
            flow,
            kernel,
            numbers.normal(0, 0.2, 8),
            pads=[1] * 4,
            group=8 if depthwise else 1,
            kernel_shape=[3, 3],
        )
        flow = writer.node("PRelu", flow, writer.constant(slope.astype(np.float32)))
        channels = 8
    kernel = numbers.normal(0, 0.1, (dimension, channels, side, side))
    flow = writer.conv(flow, kernel, np.zeros(dimension))
    shape = writer.constant(np.array([1, dimension], dtype=np.int64))
    writer.node("Reshape", flow, shape, to="output")
    return writer.model((1, 3, side, side), {"output": (1, dimension)})


def mean_colour(side: int, *, factor: float = 1.0, batch: Dimension = "N") -> onnx.ModelProto:
    """An embedder whose three features are the means of the three channels of its input, times `factor`."""
    writer = GraphWriter()
    kernel = np.eye(3).reshape(3, 3, 1, 1).repeat(side, 2).repeat(side, 3) * factor / side**2
    flow = writer.conv("input", kernel, np.zeros(3))
    writer.node("Flatten", flow, to="output", axis=1)
    return writer.model((batch, 3, side, side), {"output": (batch, 3)})


def level(
    writer: GraphWriter,
    stride: int,
    *,
    answers: Sequence[float],
    box: Sequence[float],
    marks: Sequence[float],
) -> tuple[str, str, str]:
    """Score, box and landmark maps of one level: every anchor says how bright channel 0 of its cell is.

    `answers` is the bias of each anchor's score before the sigmoid, which adds 10 times the mean of the cell;
    box and landmarks are the same everywhere.
    """
    anchors = len(answers)
    seen = np.zeros((anchors, 3, stride, stride))
    seen[:, 0] = 10.0 / stride**2

    def plain(values: Sequence[float]) -> str:
        bias = np.tile(np.array(values), anchors)
        return writer.conv("input", np.zeros((bias.size, 3, stride, stride)), bias, strides=[stride] * 2)

    score = writer.conv("input", seen, np.array(answers), strides=[stride] * 2)
    return writer.node("Sigmoid", score), plain(box), plain(marks)


def rows(writer: GraphWriter, source: str, to: str, shape: Sequence[int]) -> None:
    """Channels last, then one row for each place and anchor."""
    last = writer.node("Transpose", source, perm=[0, 2, 3, 1])
    writer.node("Reshape", last, writer.constant(np.array(shape, dtype=np.int64)), to=to)


def scrfd(
    active: int,
    *,
    box: Sequence[float],
    marks: Sequence[float],
    size: tuple[Dimension, Dimension] = ("H", "W"),
) -> onnx.ModelProto:
    """SCRFD's contract; only the level with stride `active` answers, its second anchor more surely."""
    writer, outputs = GraphWriter(), {"score": 1, "bbox": 4, "kps": 10}
    levels = [
        level(
            writer, stride, answers=(-1.0, 0.0) if stride == active else (-99.0, -99.0), box=box, marks=marks
        )
        for stride in (8, 16, 32)
    ]
    names: dict[str, Sequence[Dimension]] = {}
    for kind, (output, width) in enumerate(outputs.items()):
        for stride, maps in zip((8, 16, 32), levels, strict=True):
            name = f"{output}_{stride}"
            rows(writer, maps[kind], name, (-1, width))
            names[name] = (f"n{stride}", width)
    return writer.model((1, 3, *size), names)


def yunet(active: int, *, box: Sequence[float], marks: Sequence[float], side: int = 64) -> onnx.ModelProto:
    """YuNet's contract, of fixed size as published; input 0..255, so that black scores 0 and white 1."""
    writer = GraphWriter()
    names: dict[str, Sequence[Dimension]] = {}
    maps = {
        stride: level(
            writer, stride, answers=(-1000.0,) if stride == active else (-1e5,), box=box, marks=marks
        )
        for stride in (8, 16, 32)
    }
    for kind, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
        for stride, (score, box_map, marks_map) in maps.items():
            source = {"cls": score, "obj": score, "bbox": box_map, "kps": marks_map}[kind]
            rows(writer, source, f"{kind}_{stride}", (1, -1, width))
            names[f"{kind}_{stride}"] = (1, (side // stride) ** 2, width)
    return writer.model((1, 3, side, side), names)
