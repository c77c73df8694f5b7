"""Everything that is described, asked for in every way that the description allows and in many that it does not.

Once with a few examples, over the store in memory. `VISAVIS_TEST_FUZZ=200` asks for as many examples of each operation,
and over PostgreSQL as well.
"""

import base64
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis import hooks
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.api.fuzzing import STAND_IN, Aimed, Fuzzed, register
from tests.api.serving import Served, served
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.bootstrap.models import Models

EXAMPLES = int(os.environ.get("VISAVIS_TEST_FUZZ", "0"))
FEW = 4

NEVER_DONE = frozenset(
    {
        # they need a session, a password or a provider, which no key has
        "DELETE /v1/me/sessions/{session_id}",
        "DELETE /v1/reviews/{event_id}/opinion",
        "GET /v1/auth/oidc",
        "GET /v1/auth/oidc/callback",
        "GET /v1/me/sessions",
        "POST /v1/auth/one-time",
        "POST /v1/auth/one-time/whose",
        "POST /v1/auth/sign-in",
        "POST /v1/auth/sign-out",
        "POST /v1/me/password",
        # they need what is not there: a suspended tenant, a delivery, a file to import, another model pack
        "POST /v1/galleries/{gallery}/jobs/re-embed",
        "DELETE /v1/tenants/{tenant_id}",
        "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
        "POST /v1/channels/{channel_id}/deliveries/{delivery_id}/redeliver",
        "POST /v1/galleries/{gallery}/jobs/enrol",
        # a gallery's own calibration has to be of its model, which no example can know
        "DELETE /v1/galleries/{gallery}/calibration",
        "GET /v1/galleries/{gallery}/calibration",
        "PUT /v1/galleries/{gallery}/calibration",
        # they need a second model pack that is installed
        "DELETE /v1/galleries/{gallery}/trial",
        "GET /v1/galleries/{gallery}/trial",
        "PUT /v1/galleries/{gallery}/trial",
        "POST /v1/galleries/{gallery}/trial/promote",
        # they need a camera
        "POST /v1/camera-trials",
        # they need a token, or the key of an agent
        "POST /v1/agents/enrol",
        "GET /v1/agents/me/configuration",
        "POST /v1/agents/me/health",
        "GET /v1/agents/me/packs/{pack}",
        "GET /v1/agents/me/packs/{pack}/files/{sha256}",
        "GET /v1/galleries/{gallery}/copy",
        # they need a video that was indexed, or a picture of somebody
        "DELETE /v1/recordings/{recording_id}",
        "GET /v1/recordings/{recording_id}",
        "GET /v1/recordings/{recording_id}/tracks/{track}/still",
        "POST /v1/galleries/{gallery}/recordings/report",
        "POST /v1/galleries/{gallery}/recordings/search",
        # they need a report that a command wrote, a signed file, a pack that was evaluated, and one that was promoted
        "POST /v1/reports",
        "POST /v1/receipts/verify",
        "POST /v1/models/{pack}/promote",
        "POST /v1/models/promotions/rollback",
        # it needs two subjects that nothing else has moved or removed
        "POST /v1/corrections/merge",
        # what it needs has been moved or removed by then
        "GET /v1/galleries/{gallery}/references/{reference_id}/image",
        "GET /v1/events/{event_id}/references/{reference_id}/picture",
    }
)
"""Operations that are refused here whatever is asked; tests of their own let them succeed."""


@dataclass(slots=True)
class Outcome:
    """What a run found: failed checks, and the statuses of each operation."""

    failures: list[str] = field(default_factory=list)
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def take(self, event: object) -> None:
        if isinstance(event, events.NonFatalError | events.FatalError):
            self.failures.append(str(vars(event) if hasattr(event, "__dict__") else event.info))
        if not isinstance(event, events.ScenarioFinished):
            return
        recorder = event.recorder
        for number, interaction in recorder.interactions.items():
            if interaction.response is not None:
                label = recorder.cases[number].value.operation.label
                self.statuses[label][interaction.response.status_code] += 1
        for checks in recorder.checks.values():
            for check in checks:
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    self.failures.append(
                        f"{failure.operation} {failure.title}: {failure.message}\n"
                        f"{check.failure_info.code_sample[:2000]}"
                    )

    def never_done(self) -> set[str]:
        return {label for label, found in self.statuses.items() if not any(code < 400 for code in found)}


@pytest.fixture
def faces(portraits: Path) -> list[bytes]:
    return [(portraits / name).read_bytes() for name in ("obama.jpg", "biden.jpg")]


@pytest.fixture
def fuzz(faces: list[bytes]) -> Iterator[Callable[..., Outcome]]:
    """Runs everything against an application; the hook that is registered is taken back."""
    register(faces)
    registered: list[Callable[..., Any]] = []

    def run(opened: Callable[[], AbstractAsyncContextManager[Served]], examples: int) -> Outcome:
        app = Fuzzed(opened, faces)
        schemathesis.openapi.from_asgi("/v1/openapi.json", app)  # opens it
        aimed = Aimed(app.ids, [base64.b64encode(face).decode() for face in faces])

        @schemathesis.hook("before_call")
        def aim(context: Any, case: Any, kwargs: Any) -> None:
            aimed(context, case, kwargs)

        registered.append(aim)
        schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app, config=configuration(examples))
        outcome = Outcome()
        for event in from_schema(schema).execute():
            outcome.take(event)
        return outcome

    yield run
    for one in registered:
        hooks.unregister(one)


def configuration(examples: int) -> SchemathesisConfig:
    """All checks of responses. Not those of requests: many a value fits the description and is still refused."""
    return SchemathesisConfig.from_dict(
        {
            "seed": 7,
            "headers": {"Authorization": STAND_IN},
            "continue-on-failure": True,
            "request-timeout": 60,
            "generation": {"max-examples": examples, "deterministic": True, "no-shrink": True},
            "checks": {
                "positive_data_acceptance": {"enabled": False},
                "negative_data_rejection": {"enabled": False},
            },
            "phases": {"stateful": {"enabled": False}},
        }
    )


def check(outcome: Outcome) -> None:
    assert not outcome.failures, "\n\n".join(outcome.failures[:20])
    assert len(outcome.statuses) > 70
    assert not any(code >= 500 for found in outcome.statuses.values() for code in found)
    assert outcome.never_done() <= NEVER_DONE


@pytest.mark.models
def test_every_operation_does_what_is_described(models: Models, fuzz: Callable[..., Outcome]) -> None:
    check(fuzz(lambda: served(models), EXAMPLES or FEW))


@pytest.mark.models
@pytest.mark.postgres
@pytest.mark.anyio
@pytest.mark.skipif(not EXAMPLES, reason="takes long: VISAVIS_TEST_FUZZ=200")
async def test_over_postgresql_as_well(
    models: Models, fuzz: Callable[..., Outcome], migrated_database_url: str
) -> None:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Served]:
        async with (
            PostgresStore(migrated_database_url, MemoryMasterKeys()) as store,
            served(models, store=store) as one,
        ):
            yield one

    check(fuzz(opened, EXAMPLES))
