"""What the process measures is told whatever became of the monitors."""

from types import SimpleNamespace
from typing import Any

import pytest

from visavis.api.resources.health import metrics
from visavis.domain.errors import SchemaMismatch, StoreDown, VisavisError

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("trouble", [StoreDown, SchemaMismatch])
async def test_the_process_is_measured_without_monitors(trouble: type[VisavisError]) -> None:
    async def page(*_: object, **__: object) -> None:
        raise trouble

    service = SimpleNamespace(metrics=lambda: ["visavis_test 1"])
    request: Any = SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(service=service)))
    platform: Any = SimpleNamespace(
        principal=SimpleNamespace(galleries=None),
        monitors=SimpleNamespace(page=page),
        fleet=SimpleNamespace(page=page),
    )
    assert (await metrics(request, platform)).body == b"visavis_test 1\n"
