"""Opening a graph in ONNX Runtime, the same way everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as state

from visavis.domain.errors import ModelDown

Tensor: TypeAlias = NDArray[np.float32]
Shape: TypeAlias = tuple[int | None, ...]  #: `None` where the graph accepts any length

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"

RUNTIME_ERRORS: tuple[type[Exception], ...] = (
    state.EPFail,
    state.EngineError,
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NoModel,
    state.NoSuchFile,
    state.NotImplemented,
    state.RuntimeException,
    RuntimeError,
    ValueError,
)
"""What ONNX Runtime raises; its exceptions have no common base. `ValueError`: inputs of wrong names."""

_SILENT = 4
# Denormal weights, which are slow, are flushed when a graph is rewritten. The runtime's own switch for it would
# change the arithmetic of the whole thread that opens a session, numpy's included.
_OPTIONS = {
    # Threads that wait by spinning take the core from the other workers.
    "session.intra_op.allow_spinning": "0",
    "session.inter_op.allow_spinning": "0",
}


class Runtime(Protocol):
    """The part of ONNX Runtime's session that is used."""

    def run(self, names: None, feeds: dict[str, Tensor], /) -> list[Tensor]: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Session:
    """A loaded graph with one input. Threads may share it: a run keeps its state on the stack.

    One thread per run: throughput comes from several runs at once, which scales better than threads inside
    a run and keeps latency flat when the cores are taken.
    """

    input_name: str
    input_shape: Shape
    output_shapes: tuple[Shape, ...]
    provider: str
    runtime: Runtime = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)  #: what else the file carries

    def run(self, tensor: Tensor) -> list[Tensor]:
        """All outputs, in the order of the graph. Raises `ModelDown`."""
        try:
            return self.runtime.run(None, {self.input_name: tensor})
        except RUNTIME_ERRORS as error:
            raise ModelDown(f"The model failed on an input of shape {tensor.shape}: {error}") from error


def open_session(graph: Path | bytes, providers: Sequence[str] = (CPU,)) -> Session:
    """Loads a graph on the first of `providers` that this machine has, the CPU if none.

    Raises:
        ModelDown: the graph cannot be read or run, or does not have exactly one input.
    """
    present = onnxruntime.get_available_providers()
    chosen = [*[name for name in providers if name in present and name != CPU], CPU]
    source = graph if isinstance(graph, bytes) else str(graph)
    try:
        runtime = onnxruntime.InferenceSession(source, _options(), providers=chosen)
    except RUNTIME_ERRORS as error:
        raise ModelDown(f"The model cannot be loaded: {error}") from error
    inputs = runtime.get_inputs()
    if len(inputs) != 1:
        raise ModelDown(f"A model with {len(inputs)} inputs cannot be used; one input is expected.")
    return Session(
        input_name=inputs[0].name,
        input_shape=_shape(inputs[0].shape),
        output_shapes=tuple(_shape(output.shape) for output in runtime.get_outputs()),
        provider=runtime.get_providers()[0],
        runtime=runtime,
        metadata=runtime.get_modelmeta().custom_metadata_map,
    )


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = _SILENT
    for key, value in _OPTIONS.items():
        options.add_session_config_entry(key, value)
    return options


def _shape(dimensions: Sequence[int | str | None]) -> Shape:
    return tuple(length if isinstance(length, int) and length > 0 else None for length in dimensions)
