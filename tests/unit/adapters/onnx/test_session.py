"""Sessions open quietly, are shared by threads, and fail with a name."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx_graphs import GraphWriter, mean_colour

from visavis.adapters.onnx.session import CPU, CUDA, open_session
from visavis.domain.errors import ModelDown


def test_a_graph_opens_from_a_file_and_from_bytes(tmp_path: Path) -> None:
    path = tmp_path / "graph.onnx"
    onnx.save(mean_colour(4), path)
    picture = np.ones((2, 3, 4, 4), dtype=np.float32)
    for source in (path, path.read_bytes()):
        session = open_session(source)
        assert session.input_shape == (None, 3, 4, 4)
        assert session.output_shapes == ((None, 3),)
        np.testing.assert_allclose(session.run(picture)[0], np.ones((2, 3)), rtol=1e-6)


def test_an_absent_accelerator_falls_back_to_the_processor() -> None:
    session = open_session(mean_colour(4).SerializeToString(), ("NoSuchProvider", CPU))
    assert session.provider == CPU
    assert open_session(mean_colour(4).SerializeToString(), (CUDA,)).provider in (CPU, CUDA)


def test_what_is_no_graph_is_a_named_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a graph")
    for source in (broken, tmp_path / "absent.onnx", b"", mean_colour(4).SerializeToString()[:-9]):
        with pytest.raises(ModelDown) as caught:
            open_session(source)
        assert caught.value.__cause__ is not None


def test_two_inputs_are_refused() -> None:
    writer = GraphWriter()
    writer.node("Add", "input", "second", to="output")
    model = writer.model((1, 3), {"output": (1, 3)})
    model.graph.input.append(onnx.helper.make_tensor_value_info("second", 1, (1, 3)))
    with pytest.raises(ModelDown, match="2 inputs"):
        open_session(model.SerializeToString())


def test_a_wrong_shape_is_a_named_error() -> None:
    session = open_session(mean_colour(4).SerializeToString())
    with pytest.raises(ModelDown, match="shape"):
        session.run(np.zeros((1, 3, 5, 5), dtype=np.float32))


def test_threads_share_a_session() -> None:
    session = open_session(mean_colour(8).SerializeToString())

    def run(value: int) -> float:
        return float(session.run(np.full((3, 3, 8, 8), value, dtype=np.float32))[0].mean())

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(run, range(200)))
    np.testing.assert_allclose(results, range(200), rtol=1e-6)
