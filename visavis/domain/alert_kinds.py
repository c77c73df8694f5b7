"""The words that alerts are sorted by. They need nothing else, so that whoever offers a choice of them starts fast."""

from enum import StrEnum


class Severity(StrEnum):
    """How much it matters, in rising order."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class AlertState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  #: somebody looks after it
    RESOLVED = "resolved"  #: it is over


class Trigger(StrEnum):
    """What can raise an alert."""

    SEEN = "seen"  #: a face was searched in a gallery
    DRIFT = "drift"  #: captures of a camera are not what they were
    SILENT = "silent"  #: a camera or agent is not heard of
    DENIED = "denied"  #: somebody was not let in
    HELD_OPEN = "held_open"  #: a door stays open
    FORCED = "forced"  #: a door was opened and nobody had been let in


class DispatchState(StrEnum):
    PENDING = "pending"
    HELD = "held"  #: waits for the end of quiet hours or of a busy hour, to be told in a summary
    SUMMARISED = "summarised"  #: told in a summary
    DROPPED = "dropped"  #: not sent, because of quiet hours
    DELIVERED = "delivered"
    DEAD = "dead"  #: given up
