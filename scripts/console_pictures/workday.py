"""What a house of some size has besides people and cameras: doors, hours, plans, channels, users, work in the
background, a trial of another model, visitors, corrections, a receipt, a report."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx

from scripts.console_pictures.sending import send, show
from tests.api.reports import a_report

_OFFICE: Final = [{"begins": "07:00", "ends": "19:00"}]
_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
_VISITS: Final = 3  #: how often those come who come most
_PATIENCE_S: Final = 60.0  #: for what happens in the background


@dataclass(frozen=True, slots=True)
class Workday:
    http: httpx.Client

    def set_up(self) -> None:
        """Before anybody comes."""
        christmas = {"day": f"{datetime.now(UTC).year}-12-25", "spans": [], "note": "Christmas"}
        hours = dict.fromkeys(_WEEK, _OFFICE)
        send(
            self.http,
            "PUT",
            "/v1/schedules/office",
            {"zone": "Europe/Berlin", **hours, "special": [christmas]},
        )
        cameras = [{"name": "entrance", "direction": "entry"}, {"name": "hall", "direction": "exit"}]
        rules = [{"name": "staff"}, {"name": "cleaners", "schedule": "office"}]
        door = {"gallery": "staff", "cameras": cameras, "rules": rules, "area": "building"}
        send(self.http, "PUT", "/v1/doors/front", door)
        plan = {"zone": "Europe/Berlin", "schedule": "office", "cameras": cameras}
        send(self.http, "PUT", "/v1/galleries/staff/attendance/plan", plan)
        chat = {"kind": "apprise", "address": "json://127.0.0.1:9/alerts"}
        send(self.http, "POST", "/v1/channels", {"name": "night watch", "target": chat, "names": True})
        for login, role in (("maria", "operator"), ("jonas", "auditor"), ("aylin", "administrator")):
            send(self.http, "POST", "/v1/users", {"login": login, "role": role})
        send(
            self.http,
            "POST",
            "/v1/webhooks",
            {"url": "http://127.0.0.1:9/doors", "description": "door controller"},
        )

    def start_trial(self) -> None:
        """Of another model, beside the one in force: what it would have decided is counted from now on."""
        send(self.http, "PUT", "/v1/galleries/staff/trial", {"pack": "classic", "state": "shadow"})
        self._wait_for_jobs()

    def pass_by(self, photos: Sequence[Path]) -> None:
        """Visitors who are remembered without a name, some of whom come back, and people at the door."""
        now = datetime.now(UTC)
        for turn in range(_VISITS):
            came = [photo for number, photo in enumerate(photos) if number % _VISITS >= turn]
            for source, later in (("entrance", 0), ("hall", 12)):
                at = now - timedelta(hours=20 - 4 * turn, minutes=-later)
                self._job("guests", came, {"source": source, "captured_at": at.isoformat()})
                self._wait_for_jobs()
        for number, photo in enumerate(photos):
            show(
                self.http, "/v1/doors/front/decide", photo, {"camera": ("entrance", "hall")[number % 3 // 2]}
            )

    def afterwards(self, photos: Sequence[Path]) -> None:
        """What people put right, what went, and what works in the background."""
        unknown = self._events(gallery="staff", outcome="non_match")
        known = self._events(gallery="staff", outcome="match")
        if unknown:
            send(
                self.http,
                "POST",
                "/v1/corrections/assign",
                {"event_id": unknown[-1], "name": "Visitor Unknown", "create": True},
            )
        if known:
            send(self.http, "POST", "/v1/corrections/deny", {"event_id": known[-1], "note": "his brother"})
        gone = send(self.http, "POST", "/v1/subjects", {"name": "Somebody Who Left", "gallery": "watchlist"})
        self.http.delete(f"/v1/subjects/{gone['id']}").raise_for_status()
        send(self.http, "POST", "/v1/reports", {"title": "Spring, staff photos", "content": a_report()})
        self._job("staff", photos, {"source": "archive"})
        self._wait_for_jobs()

    def _events(self, **filters: str) -> list[str]:
        answer = self.http.get("/v1/events", params={**filters, "limit": 20})
        answer.raise_for_status()
        return [one["id"] for one in answer.json()["events"]]

    def _job(self, gallery: str, photos: Sequence[Path], asked: dict[str, str]) -> None:
        files = [("image", (photo.name, photo.read_bytes())) for photo in photos]
        answer = self.http.post(f"/v1/galleries/{gallery}/jobs/classify", params=asked, files=files)
        answer.raise_for_status()

    def _wait_for_jobs(self) -> None:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            jobs = self.http.get("/v1/jobs").json()["jobs"]
            if all(one["state"] not in {"queued", "running"} for one in jobs):
                return
            time.sleep(0.5)
