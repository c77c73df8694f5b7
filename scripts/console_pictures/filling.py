"""An installation as it looks after a day of use: people, decisions, rules, cameras, doors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx

from scripts.console_pictures.sending import send, show
from scripts.console_pictures.workday import Workday
from tests.acceptance.browser import PASSWORD

_KINDS = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_ENROLLED = 3  #: photos of each; the others are searched
_SOURCES = (("entrance", "berlin", "lobby"), ("hall", "berlin", "hall"), ("gate", "hamburg", "yard"))
_MANY = 24  #: photos that are shown to doors and to those who count visitors
_PASSES = 4  #: how often each photo is searched, hours apart


def people_of(folder: Path) -> dict[str, list[Path]]:
    """Photos by person: folders with at least one more photo than are enrolled, or two."""
    found = {
        one.name: sorted(path for path in one.iterdir() if path.suffix.lower() in _KINDS)
        for one in sorted(folder.iterdir())
        if one.is_dir() and one.name != "groups" and not one.name.startswith(".")
    }
    return {name.replace("_", " ").title(): photos for name, photos in found.items() if photos}


@dataclass(frozen=True, slots=True)
class Filling:
    http: httpx.Client

    @classmethod
    @contextmanager
    def signed_in(cls, url: str) -> Iterator[Self]:
        with httpx.Client(base_url=url, timeout=120) as http:
            answer = http.post("/v1/auth/sign-in", json={"login": "owner", "password": PASSWORD})
            answer.raise_for_status()
            http.headers["X-CSRF-Token"] = answer.json()["csrf"]
            yield cls(http)

    def fill(self, people: dict[str, list[Path]]) -> None:
        now = datetime.now(UTC)
        self._galleries()
        self._places()
        workday = Workday(self.http)
        workday.set_up()
        self._rules()
        names = list(people)
        stranger, banned = names[-1], names[-2] if len(names) > 3 else ""
        for name, photos in people.items():
            if name != stranger:
                self._enrol("watchlist" if name == banned else "staff", name, photos[:_ENROLLED])
        workday.start_trial()
        shown = [
            (name, photo) for name, photos in people.items() for photo in photos[_ENROLLED:] or photos[-1:]
        ]
        number = 0
        for turn in reversed(range(_PASSES)):
            begins = now - timedelta(hours=5 * turn + 1.5)
            for place, (name, photo) in enumerate(shown):
                number += 1
                at = begins + timedelta(minutes=50 * place / len(shown))
                gallery = "watchlist" if name == banned and turn else "staff"
                self._search(gallery, photo, _SOURCES[number % len(_SOURCES)][0], at, number)
        for number, (name, photo) in enumerate(shown):
            if name != banned:  # some resemble whom one watches for, and are left open
                self._search("watchlist", photo, _SOURCES[0][0], now, 1000 + number)
        workday.pass_by([photo for _, photo in shown][:_MANY])
        workday.afterwards([photo for _, photo in shown][:_MANY])

    def _galleries(self) -> None:
        kept = {"keep": "sample", "event_pictures": "face"}
        staff = {"consent": "access to the building", "fpir": 1e-3, **kept}
        for name, purpose, policy in (
            ("staff", "attendance", staff),
            ("watchlist", "watchlist", {"fpir": 1e-4, "band": 1000, **kept}),
            ("guests", "visitors", {}),
        ):
            send(self.http, "POST", "/v1/galleries", {"name": name, "purpose": purpose, "policy": policy})

    def _places(self) -> None:
        for name, site, zone in _SOURCES:
            direction = "entry" if name == "entrance" else "passing"
            send(
                self.http,
                "POST",
                "/v1/cameras",
                {"name": name, "site": site, "zone": zone, "direction": direction},
            )
        send(self.http, "POST", "/v1/api-keys", {"name": "front desk", "permissions": ["identify"]})

    def _rules(self) -> None:
        condition = {"galleries": ["watchlist"]}
        channels = [one["id"] for one in self.http.get("/v1/channels").json()["channels"]]
        body = {"name": "watchlist", "severity": "critical", "condition": condition}
        send(self.http, "POST", "/v1/alert-rules", {**body, "effects": {"channels": channels}})

    def _enrol(self, gallery: str, name: str, photos: list[Path]) -> None:
        if gallery == "staff":
            known = send(self.http, "POST", "/v1/subjects", {"name": name, "gallery": gallery})
            consent = {"purpose": "access to the building", "text_version": "2026-01", "evidence": "form 17"}
            send(self.http, "POST", "/v1/consents", {"subject_id": known["id"], **consent})
        files = [("image", (photo.name, photo.read_bytes())) for photo in photos]
        path = f"/v1/galleries/{gallery}/enrol"
        answer = self.http.post(path, params={"subject": name, "largest": "true"}, files=files)
        if answer.status_code not in (200, 409, 422):
            answer.raise_for_status()

    def _search(self, gallery: str, photo: Path, source: str, at: datetime, number: int) -> None:
        asked = {"source": source, "reference": f"{number}", "captured_at": at.isoformat()}
        show(self.http, f"/v1/galleries/{gallery}/identify", photo, asked)
