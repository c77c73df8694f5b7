"""An alert in words, for messengers."""

from datetime import UTC, datetime
from typing import Final

from visavis.application.alerts.bulletin import Bulletin
from visavis.application.ports.channels import Note
from visavis.domain.alert import Alert
from visavis.domain.alert_kinds import Trigger
from visavis.domain.decision import Outcome

_WHAT: Final = {
    Trigger.DRIFT: "Captures are not what they were",
    Trigger.SILENT: "Nothing is heard",
    Trigger.DENIED: "Somebody was not let in",
    Trigger.HELD_OPEN: "A door stays open",
    Trigger.FORCED: "A door was forced",
}
_WHO: Final = {
    Outcome.MATCH: "Somebody known",
    Outcome.INCONCLUSIVE: "Perhaps somebody known",
    Outcome.NON_MATCH: "An unknown person",
}


def note(bulletin: Bulletin) -> Note:
    """Times are UTC, and say so."""
    if bulletin.is_test:
        return Note(title="Visavis: a test", text="This channel works.", level="info")
    first = bulletin.alert
    if bulletin.summary:
        lines = [
            f"{_moment(alert.opened_at)} {sentence(alert, name)}"
            for alert, name in zip(bulletin.alerts, bulletin.subjects, strict=True)
        ]
        more = bulletin.count - len(lines)
        text = "\n".join([*lines, *([f"… and {more} more"] if more > 0 else [])])
        title = f"{first.rule}: {bulletin.count} alerts were held back"
        return Note(title=title, text=text, level=first.severity.value)
    text = f"{sentence(first, bulletin.subjects[0])}\n{_moment(first.opened_at)}"
    return Note(title=first.rule, text=text, level=first.severity.value, picture=bulletin.picture)


def sentence(alert: Alert, name: str | None) -> str:
    """Who or what, and where, as in "Somebody known at gate-1 (lobby)."."""
    if alert.trigger is Trigger.SEEN:
        what = name or (_WHO[alert.outcome] if alert.outcome else "Somebody")
    else:
        what = _WHAT[alert.trigger]
    places = [place for place in (alert.zone, alert.site) if place]
    where = f" at {alert.source}" if alert.source else ""
    where += f" ({', '.join(places)})" if places else ""
    return f"{what}{where}{': ' + alert.text if alert.text else ''}."


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
