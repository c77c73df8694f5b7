"""What a receiver of webhooks checks."""

import json
from datetime import UTC, datetime

from visavis.domain.errors import NotAuthenticated
from visavis.domain.webhook import signature_holds
from visavis.wire.jobs import EventDocument


def verify_webhook(body: bytes, header: str, secret: str, *, now: datetime | None = None) -> EventDocument:
    """The event in a message whose `Visavis-Signature` holds and is not older than five minutes.

    `body` are the bytes as they arrived: parse them only afterwards. Raises `NotAuthenticated`.
    """
    if not signature_holds(secret.encode(), body, header, now or datetime.now(UTC)):
        raise NotAuthenticated(
            "The signature of this message does not hold.",
            hint="Check the secret, the clock, and that the body was not changed on its way.",
        )
    return EventDocument.model_validate(json.loads(body))
