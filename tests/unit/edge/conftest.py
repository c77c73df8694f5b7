"""What the tests of the agent share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from visavis.edge.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    found = Spool(tmp_path)
    yield found
    found.close()
