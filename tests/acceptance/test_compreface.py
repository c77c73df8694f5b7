"""Applications that were written for CompreFace: only the address and the key differ."""

import json
import os
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from PIL import Image

from tests.compreface.client import Client
from tests.compreface.server import Server, serving
from tests.dialects import memory, postgres
from visavis.bootstrap.models import Models

pytestmark = [pytest.mark.models, pytest.mark.data, pytest.mark.enable_socket]

PEOPLE = ("amy", "howard", "leonard", "penny", "sheldon")
SDK = ("compreface-sdk==0.6.0", "requests-toolbelt==0.9.1", "urllib3<2")
"""What the official SDK needs to be importable: the pinned toolbelt does not know newer versions of urllib3."""


@pytest.fixture(params=["memory", "postgres"])
def server(request: pytest.FixtureRequest, models: Models) -> Iterator[Server]:
    opening = memory
    if request.param == "postgres":
        opening = postgres(request.getfixturevalue("postgres_url"))
    with serving(open_store=opening) as running:
        yield running


@pytest.fixture(scope="module")
def people(shared_data: Path) -> dict[str, list[Path]]:
    """Four photographs of each: three to be enrolled, one to be asked about."""
    return {name: sorted((shared_data / "bbt" / name).iterdir())[:4] for name in PEOPLE}


@pytest.fixture(scope="module")
def strangers(shared_data: Path) -> list[bytes]:
    return [
        path.read_bytes() for path in sorted((shared_data / "lfw-dev" / "images").rglob("*.jpg"))[:400:40]
    ]


@pytest.fixture(scope="session")
def sdk() -> str:
    """An interpreter with the official SDK, made once for this machine."""
    folder = Path(tempfile.gettempdir()) / f"visavis-compreface-sdk-{os.getuid()}"
    python = folder / "bin" / "python"
    if not python.exists() or not _imports(python):
        venv.create(folder, with_pip=True, clear=True)
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *SDK], capture_output=True, check=False, timeout=300
        )
        if done.returncode or not _imports(python):
            pytest.skip("compreface-sdk cannot be installed")
    return str(python)


def _imports(python: Path) -> bool:
    return not subprocess.run(
        [python, "-c", "import compreface"], capture_output=True, check=False
    ).returncode


def blank() -> bytes:
    out = BytesIO()
    Image.new("RGB", (320, 240), (40, 90, 160)).save(out, "JPEG")
    return out.getvalue()


def test_the_official_sdk(server: Server, sdk: str, people: dict[str, list[Path]], tmp_path: Path) -> None:
    (tmp_path / "blank.jpg").write_bytes(blank())
    where = urlsplit(server.url)
    given = {
        "url": f"http://{where.hostname}",
        "port": str(where.port),
        "recognition": server.recognition("cast"),
        "detection": server.detection(),
        "verification": server.verification(),
        "people": {name: [str(path) for path in paths] for name, paths in people.items()},
        "no_face": str(tmp_path / "blank.jpg"),
    }
    script = Path(__file__).parents[1] / "compreface" / "tour.py"
    done = subprocess.run(
        [sdk, str(script), json.dumps(given)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    check_tour(json.loads(done.stdout.splitlines()[-1]))


def check_tour(told: dict[str, Any]) -> None:
    assert told["add subject"] == {"subject": "Jonathan Petit"}
    assert told["update subject"] == {"updated": True}
    assert [one["subject"] for one in told["add"]] == [name for name in PEOPLE for _ in range(3)]
    assert told["subjects"] == {"subjects": list(PEOPLE)}
    assert (len(told["faces"]["faces"]), told["faces"]["total_elements"]) == (15, 15)
    for name, found in told["recognize"].items():
        face = found["result"][0]
        assert face["subjects"][0]["subject"] == name
        assert face["subjects"][0]["similarity"] > 0.9, name
        assert len(face["embedding"]) == 512
        assert len(face["landmarks"]) == 5
        assert face["box"]["probability"] > 0.8
        assert set(found["plugins_versions"]) == {"detector", "calculator"}
    (bytes_face,) = told["recognize bytes"]["result"]
    assert [one["subject"] for one in bytes_face["subjects"]] == ["amy"] * 3
    assert told["verify"]["result"][0]["subject"] == "amy"
    assert told["verify"]["result"][0]["similarity"] > 0.5
    assert told["delete"] == {"image_id": told["add"][0]["image_id"], "subject": "amy"}
    assert told["delete all"] == {"deleted": 2}
    assert told["delete subject"] == {"subject": "howard"}
    assert told["delete subjects"] == {"deleted": 4}
    assert told["nobody"] == {"message": "No face is found in the given image", "code": 28}
    assert set(told["detect"]["result"][0]) >= {"box", "landmarks", "embedding", "execution_time"}
    same, different = (one["result"][0]["face_matches"][0]["similarity"] for one in told["compare"])
    assert same > 0.9 > 0.5 > different


def test_double_take(
    server: Server, people: dict[str, list[Path]], strangers: list[bytes], shared_data: Path
) -> None:
    """It trains by subject, asks with `face_plugins=undefined`, and takes code 28 for an empty picture."""
    client = Client(url=server.url, key=server.recognition("cameras"))

    def train(name: str, path: Path) -> int:
        query = f"subject={quote(name)}&det_prob_threshold=0.8"
        return client.upload(f"/recognition/faces?{query}", path.name, file=path.read_bytes()).status

    with ThreadPoolExecutor(8) as pool:
        wanted = [(name, path) for name, paths in people.items() for path in paths[:3]]
        assert set(pool.map(lambda one: train(*one), wanted)) == {201}
    assert client.get("/recognition/subjects").json == {"subjects": list(PEOPLE)}
    ask = "/recognition/recognize?face_plugins=undefined&det_prob_threshold=0.8"
    for name, paths in people.items():
        found = client.upload(ask, "snapshot.jpg", file=paths[3].read_bytes()).json["result"]
        assert set(found[0]) == {"box", "subjects"}
        (best,) = found[0]["subjects"]
        assert best["subject"] == name
        assert best["similarity"] >= 0.6  # what it takes for a match
    for picture in strangers:
        answer = client.upload(ask, "latest.jpg", file=picture)
        similarities = [one["similarity"] for face in answer.json["result"] for one in face["subjects"]]
        assert max(similarities) < 0.9
    group = sorted((shared_data / "bbt" / "groups").iterdir())[0].read_bytes()
    faces = client.upload(ask, "latest.jpg", file=group).json["result"]
    areas = [
        (one["box"]["x_max"] - one["box"]["x_min"]) * (one["box"]["y_max"] - one["box"]["y_min"])
        for one in faces
    ]
    assert len(faces) >= 3
    assert areas == sorted(areas, reverse=True)
    empty = client.upload(ask, "latest.jpg", file=blank())
    assert (empty.status, empty.json["code"]) == (400, 28)
    assert client.delete(f"/recognition/faces?subject={quote('amy')}").json == {"deleted": 3}
    assert (
        client.upload(ask, file=people["amy"][3].read_bytes()).json["result"][0]["subjects"][0]["similarity"]
        < 0.9
    )
