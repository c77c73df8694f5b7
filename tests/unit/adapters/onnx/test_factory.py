"""Files to graphs, graphs to detectors and embedders, by family."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx_graphs import embedder, scrfd, yunet
from test_arcface import SPEC

from visavis.adapters.onnx.factory import build_detector, build_embedder, rewriter_for
from visavis.domain.errors import FileUnreadable, ModelUnsupported
from visavis.domain.pack import DetectionPlan, DetectorFamily, DetectorSpec, EmbedderFamily

MARKS = [0.0] * 10


@pytest.mark.parametrize("family", [DetectorFamily.YUNET, DetectorFamily.SCRFD])
def test_a_published_detector_is_rewritten_and_built(family: DetectorFamily, tmp_path: Path) -> None:
    published, graph = tmp_path / "published.onnx", tmp_path / "graph.onnx"
    make = {DetectorFamily.YUNET: yunet, DetectorFamily.SCRFD: scrfd}[family]
    onnx.save(make(8, box=(1, 1, 1, 1), marks=MARKS), published)
    onnx.save(rewriter_for(family)(published), graph)
    detector = build_detector(
        DetectorSpec(family=family, artefact=SPEC.artefact, plan=DetectionPlan()), graph
    )
    assert detector.detect([np.zeros((50, 70, 3), dtype=np.uint8)], min_score=0.6) == [()]


def test_a_published_embedder_is_rewritten_and_built(tmp_path: Path) -> None:
    published, graph = tmp_path / "published.onnx", tmp_path / "graph.onnx"
    onnx.save(embedder(np.full((8, 1, 1), 0.25)), published)
    onnx.save(rewriter_for(EmbedderFamily.ARCFACE)(published), graph)
    built = build_embedder(replace(SPEC, side=16, dimension=12), graph)
    assert built.embed(np.zeros((2, 16, 16, 3), dtype=np.uint8)).shape == (2, 12)


@pytest.mark.parametrize("family", [*DetectorFamily, *EmbedderFamily])
def test_a_file_of_another_kind_is_a_named_error(family: DetectorFamily, tmp_path: Path) -> None:
    for name, content in (("text", b"this is no model" * 9), ("empty", b"")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises((ModelUnsupported, FileUnreadable)):
            rewriter_for(family)(path)
