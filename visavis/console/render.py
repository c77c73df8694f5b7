"""Templates and what they need; text is escaped always."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from visavis.console.assets import Assets
from visavis.console.hints import hint
from visavis.console.navigation import groups
from visavis.console.platform import Visit
from visavis.domain.errors import VisavisError
from visavis.wire.errors import status as status_of

_RAREST: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Renderer:
    assets: Assets
    _environment: Environment = field(init=False)

    def __post_init__(self) -> None:
        environment = Environment(
            loader=PackageLoader("visavis.console", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals["asset"] = self.assets.url
        environment.filters |= {"when": when, "score": score, "rate": rate, "plural": plural}
        object.__setattr__(self, "_environment", environment)

    def page(self, template: str, /, **values: object) -> str:
        return self._environment.get_template(template).render(**values)


def page(request: Request, visit: Visit, template: str, /, **values: object) -> HTMLResponse:
    """A page within the frame, for somebody who is signed in."""
    renderer: Renderer = request.app.state.renderer
    return HTMLResponse(
        renderer.page(
            template,
            me=visit.me,
            groups=groups(visit.me.permissions),
            path=request.url.path,
            **values,
        )
    )


def shown_error(request: Request, error: VisavisError) -> tuple[int, str]:
    """Status and page."""
    renderer: Renderer = request.app.state.renderer
    status = status_of(type(error)).http
    title = HTTPStatus(status).phrase
    return status, renderer.page(
        "error.html", title=title, message=error.message, hint=hint(error), code=error.code
    )


def when(moment: datetime | None) -> str:
    """For a `time` element: the browser shows it in its own time zone."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def rate(value: float | None) -> str:
    """A rate as odds, which people read better than powers of ten. The same words as `odds` in js/words.js.

    Two digits of it; below one in a billion no calibration says more than that.
    """
    if value is None or not value > 0:
        return "–"
    if value >= 0.1:
        return f"{math.floor(100 * value + 0.5)} %"
    if value < _RAREST:
        return "fewer than 1 in a billion"
    odds = _two_digits(1 / value)
    if odds < 1_000_000:
        return f"1 in {odds:,}"
    if odds >= 1_000_000_000:
        return "1 in a billion"
    return "1 in a million" if odds == 1_000_000 else f"1 in {odds / 1e6:g} million"


def _two_digits(number: float) -> int:
    """Rounded half up, as scripts do."""
    step = 1
    while number / step >= 100:
        step *= 10
    return math.floor(number / step + 0.5) * step


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
