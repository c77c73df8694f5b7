"""A whole service for one test, on a port and in a folder of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.drills.installation import Installation, free_port

FACES = Path(__file__).parents[2].parent / "shared" / "data" / "lfw-dev" / "images"


@contextmanager
def installed(**more: str) -> Iterator[Installation]:
    """Not started yet; stopped and removed at the end. `more` are settings, without their prefix."""
    # Not pytest's own folder: as root, the database runs as another user, who must be able to pass.
    folder = Path(tempfile.mkdtemp(prefix="visavis-service-"))
    folder.chmod(0o711)
    settings = {f"VISAVIS_{name}": value for name, value in more.items()}
    place = Installation(
        folder=folder / "data", port=free_port(), more={"VISAVIS_MODELS__PACK": "light", **settings}
    )
    try:
        yield place
    finally:
        place.down()
        shutil.rmtree(folder, ignore_errors=True)
