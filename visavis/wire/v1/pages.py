"""What pages have in common."""

from pydantic import Field

from visavis.wire.model import Model


class Page(Model):
    """A page of entries."""

    next_cursor: str | None = Field(default=None, description="Pass it as `cursor`; null on the last page.")
