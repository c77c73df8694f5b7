"""The model directory takes in only what the catalogue names, and gives out only what is intact."""

import json
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from model_packs import DETECTOR, EMBEDDER, RESEARCH, REWRITERS, FakeFetcher, artefact, pack, published, shout

from visavis.adapters.onnx.download import Phase, Progress
from visavis.adapters.onnx.store import Condition, ModelStore, Part
from visavis.domain.errors import DigestMismatch, FileUnreadable, LicenceRefused, ModelDown, SourceUnreachable
from visavis.domain.pack import Source, SourceKind

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def store(directory: Path, fetcher: FakeFetcher) -> ModelStore:
    return ModelStore(directory, REWRITERS, {SourceKind.HTTPS: fetcher}, clock=lambda: NOON)


@pytest.fixture
def fetcher() -> FakeFetcher:
    return published(eyes=DETECTOR, mind=EMBEDDER)


@pytest.fixture
def filled(tmp_path: Path, fetcher: FakeFetcher) -> ModelStore:
    models = store(tmp_path, fetcher)
    models.pull(pack())
    return models


def test_pull_installs_files_and_graphs(filled: ModelStore, fetcher: FakeFetcher) -> None:
    tiny = pack()
    assert filled.is_installed(tiny)
    assert filled.artefact_path(tiny.embedder.artefact).read_bytes() == EMBEDDER
    assert filled.graph(tiny, Part.EMBEDDER).read_bytes() == EMBEDDER.upper()
    assert filled.graph(tiny, Part.DETECTOR).read_bytes() == DETECTOR.upper()
    assert {check.condition for check in filled.verify(tiny)} == {Condition.INTACT}
    assert len(filled.verify(tiny)) == 4
    assert list((filled.directory / "tmp").iterdir()) == []
    filled.pull(tiny)
    assert len(fetcher.calls) == 2


def test_nothing_is_fetched_to_answer(tmp_path: Path, fetcher: FakeFetcher) -> None:
    models = store(tmp_path, fetcher)
    assert not models.is_installed(pack())
    assert {check.condition for check in models.verify(pack())} == {Condition.MISSING}
    with pytest.raises(ModelDown, match="mind is missing") as caught:
        models.graph(pack(), Part.EMBEDDER)
    assert "visavis models pull tiny" in caught.value.advice
    assert str(models.artefact_path(pack().embedder.artefact)) in caught.value.advice
    assert fetcher.calls == []


def test_a_filled_directory_needs_no_network(filled: ModelStore) -> None:
    offline = store(filled.directory, published())
    offline.pull(pack())
    assert offline.graph(pack(), Part.EMBEDDER).exists()


def test_published_files_alone_are_enough(filled: ModelStore, tmp_path: Path) -> None:
    offline = store(tmp_path / "other", published())
    for one in pack().artefacts:
        place = offline.artefact_path(one)
        place.parent.mkdir(parents=True)
        place.write_bytes(filled.artefact_path(one).read_bytes())
    assert offline.is_installed(pack())
    assert offline.graph(pack(), Part.DETECTOR).read_bytes() == DETECTOR.upper()


def test_without_network_the_error_says_where_the_file_belongs(tmp_path: Path) -> None:
    models = store(tmp_path, published(eyes=DETECTOR))
    with pytest.raises(SourceUnreachable) as caught:
        models.pull(pack())
    assert str(models.artefact_path(pack().embedder.artefact)) in caught.value.advice
    assert "visavis models pull tiny" in caught.value.advice
    assert not models.is_installed(pack())


@pytest.mark.parametrize("body", [EMBEDDER[:-1], EMBEDDER[:-1] + b"X", b""])
def test_another_file_is_never_installed(body: bytes, tmp_path: Path) -> None:
    models = store(tmp_path, published(eyes=DETECTOR, mind=body))
    with pytest.raises(DigestMismatch):
        models.pull(pack())
    assert not models.artefact_path(pack().embedder.artefact).exists()


def test_a_longer_file_is_never_installed(tmp_path: Path) -> None:
    longer = artefact("mind", EMBEDDER)
    zipped = tmp_path / "mind.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("mind.onnx", EMBEDDER + b"more")
    source = Source(kind=SourceKind.HTTPS, name=longer.source.name, member="mind.onnx")
    tiny = pack(embedder=replace(longer, source=source))
    models = store(tmp_path, published(eyes=DETECTOR, mind=zipped.read_bytes()))
    with pytest.raises(DigestMismatch, match="larger than"):
        models.pull(tiny)
    truncated = store(tmp_path, published(eyes=DETECTOR, mind=zipped.read_bytes()[:-9]))
    with pytest.raises(DigestMismatch, match="damaged"):
        truncated.pull(tiny)
    assert not models.artefact_path(tiny.embedder.artefact).exists()


def test_two_members_of_one_archive_are_fetched_once(tmp_path: Path) -> None:
    zipped = tmp_path / "both.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("e.onnx", DETECTOR)
        archive.writestr("m.onnx", EMBEDDER)
    address = "https://models.example/both.onnx"
    eyes, mind = (
        replace(artefact(name, body), source=Source(kind=SourceKind.HTTPS, name=address, member=member))
        for name, body, member in [("eyes", DETECTOR, "e.onnx"), ("mind", EMBEDDER, "m.onnx")]
    )
    fetcher = published(both=zipped.read_bytes())
    models = store(tmp_path / "models", fetcher)
    models.pull(pack(detector=eyes, embedder=mind))
    assert fetcher.calls == [address]
    assert models.is_installed(pack(detector=eyes, embedder=mind))


def test_a_damaged_graph_is_made_again(filled: ModelStore) -> None:
    graph = filled.graph(pack(), Part.EMBEDDER)
    graph.write_bytes(b"evil")
    conditions = {check.name: check.condition for check in filled.verify(pack())}
    assert conditions["mind graph"] is Condition.DAMAGED
    assert conditions["mind"] is Condition.INTACT
    assert filled.graph(pack(), Part.EMBEDDER).read_bytes() == EMBEDDER.upper()
    graph.with_suffix(".json").write_text("[]")
    assert filled.graph(pack(), Part.EMBEDDER).read_bytes() == EMBEDDER.upper()
    assert json.loads(graph.with_suffix(".json").read_text())["recipe"] == 1


def test_a_damaged_graph_of_a_damaged_file_is_refused(filled: ModelStore) -> None:
    filled.graph(pack(), Part.EMBEDDER).write_bytes(b"evil")
    filled.artefact_path(pack().embedder.artefact).write_bytes(EMBEDDER[:-1] + b"X")
    with pytest.raises(DigestMismatch, match="not the mind"):
        filled.graph(pack(), Part.EMBEDDER)


def test_pull_replaces_a_damaged_file(filled: ModelStore, fetcher: FakeFetcher) -> None:
    filled.artefact_path(pack().embedder.artefact).write_bytes(b"rubbish")
    filled.pull(pack())
    assert filled.artefact_path(pack().embedder.artefact).read_bytes() == EMBEDDER
    assert len(fetcher.calls) == 3


def test_a_restricted_pack_waits_for_a_yes(tmp_path: Path, fetcher: FakeFetcher) -> None:
    models, restricted = store(tmp_path, fetcher), pack(RESEARCH)
    for refused in (models.pull, models.require_accepted, lambda one: models.graph(one, Part.EMBEDDER)):
        with pytest.raises(LicenceRefused, match="No commerce at all") as caught:
            refused(restricted)
        assert "visavis models pull tiny --accept-licence" in caught.value.advice
    assert fetcher.calls == []
    models.accept(restricted)
    models.accept(restricted)
    models.pull(restricted)
    assert models.graph(restricted, Part.EMBEDDER).exists()
    noted = json.loads((tmp_path / "accepted.json").read_text())["accepted"]
    assert noted == [{"pack": "tiny", "licence": "Research only", "time": "2026-01-02T12:00:00+00:00"}]


def test_a_yes_is_for_one_pack_and_one_licence(tmp_path: Path, fetcher: FakeFetcher) -> None:
    models = store(tmp_path, fetcher)
    models.accept(pack(RESEARCH))
    for other in (pack(RESEARCH, name="other"), pack(replace(RESEARCH, name="Stricter"))):
        with pytest.raises(LicenceRefused):
            models.require_accepted(other)


def test_a_damaged_list_of_licences_accepts_nothing(tmp_path: Path, fetcher: FakeFetcher) -> None:
    (tmp_path / "accepted.json").write_text('{"accepted": [{"pack": "tiny"}]}')
    with pytest.raises(FileUnreadable):
        store(tmp_path, fetcher).require_accepted(pack(RESEARCH))
    store(tmp_path, fetcher).require_accepted(pack())


def test_progress_tells_every_phase(tmp_path: Path, fetcher: FakeFetcher) -> None:
    told: list[Progress] = []
    store(tmp_path, fetcher).pull(pack(), told.append)
    phases = [progress.phase for progress in told if progress.artefact == "mind"]
    assert list(dict.fromkeys(phases)) == list(Phase)
    assert all(0 <= progress.done_bytes <= progress.total_bytes for progress in told)
    assert told[-1].total_bytes == len(EMBEDDER)


def test_a_family_nobody_can_run(tmp_path: Path, fetcher: FakeFetcher) -> None:
    models = ModelStore(tmp_path, {"yunet": shout}, {SourceKind.HTTPS: fetcher})
    with pytest.raises(ModelDown, match="family arcface"):
        models.pull(pack())


def test_a_directory_that_is_none(tmp_path: Path, fetcher: FakeFetcher) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(ModelDown, match="cannot be used"):
        store(tmp_path / "models", fetcher).pull(pack())


@dataclass
class Interrupted:
    """A fetcher that is stopped in the middle."""

    def __call__(self, source: Source, work: Path, limit_bytes: int) -> Path:
        (work / "half").write_bytes(b"half")
        raise KeyboardInterrupt


def test_an_interrupted_pull_leaves_nothing_behind(tmp_path: Path) -> None:
    models = ModelStore(tmp_path, REWRITERS, {SourceKind.HTTPS: Interrupted()})
    with pytest.raises(KeyboardInterrupt):
        models.pull(pack())
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"] == []
