"""Recorded video, to be searched."""

from typing import Annotated

from pydantic import Field

from visavis.wire.model import Model
from visavis.wire.recordings import RecordingNote
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, Moment, Text, closed


class RecordingList(Page):
    """In the order of the times at which they began."""

    recordings: tuple[RecordingNote, ...]


class RecordingAdd(Model):
    """A video of the server's directory of imports, and what is known of it."""

    model_config = closed(path="nvr/lobby-0800.mp4", started_at="2026-03-02T08:00:00Z", camera="lobby")

    path: Annotated[str, Field(min_length=1, max_length=1000, pattern=PLAIN)] = Field(
        description="From the directory of imports on."
    )
    started_at: Moment = Field(description="When its first frame was taken.")
    camera: Text = Field(default="", description="Which camera took it.")
    rate: float = Field(default=5.0, ge=0.1, le=60.0, description="Frames looked at for each second.")
    keep_days: int = Field(default=0, ge=0, le=36_500, description="Forget it after so many days; 0: never.")
