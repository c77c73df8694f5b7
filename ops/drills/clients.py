"""Clients of the drill: they repeat what was not answered, and keep a book of what was."""

import asyncio
import itertools
import random
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from ops.drills.photos import Photos

GALLERY = "drill"
_AGAIN_S = 0.2
_PATIENCE_S = 90.0


@dataclass(kw_only=True)
class Book:
    """What was asked for, and what was acknowledged."""

    enrolled: dict[str, str] = field(default_factory=dict)  #: subject identifier by name
    consenting: set[str] = field(
        default_factory=set
    )  #: names whose consent is on its way: nobody erases them now
    erasing: set[str] = field(default_factory=set)  #: names of which an erasure was sent
    erased: set[str] = field(default_factory=set)  #: ... and answered
    consents: dict[str, str] = field(default_factory=dict)  #: consent identifier by that of the subject
    asked: set[tuple[str, str]] = field(default_factory=set)  #: source and reference of every capture sent
    faces: dict[tuple[str, str], int] = field(default_factory=dict)  #: acknowledged captures and their faces
    streams: dict[str, list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )  #: references by source, in order
    jobs: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: references by job
    answers: Counter[int] = field(default_factory=Counter)  #: by status; 0: the connection broke
    faults: list[str] = field(default_factory=list)  #: answers that no server may give
    repeated: int = 0
    waits: list[float] = field(default_factory=list)  #: seconds until a request was answered at last

    @property
    def acknowledged(self) -> int:
        writes = len(self.enrolled) + len(self.erased) + len(self.consents)
        return writes + len(self.faces) + sum(map(len, self.jobs.values()))


@dataclass(kw_only=True)
class Clients:
    """Concurrent users of one server. Every loop ends when `stop` is set, after its request is answered."""

    url: str
    api_key: str
    photos: Photos
    book: Book
    chance: random.Random
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _number: Iterator[int] = field(default_factory=itertools.count)

    async def run(self) -> None:
        limits = httpx.Limits(max_connections=20)
        headers = {"authorization": f"Bearer {self.api_key}"}
        async with (
            httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, limits=limits) as http,
            asyncio.TaskGroup() as group,
        ):
            for loop in (
                self._enrol, self._enrol, self._identify, self._identify_keyed, self._identify_once, self._erase
            ):  # fmt: skip
                group.create_task(self._repeat(loop, http))
            for source in ("gate-1", "gate-2"):
                group.create_task(self._submit(http, source))

    async def _repeat(
        self, one: Callable[[httpx.AsyncClient], Awaitable[None]], http: httpx.AsyncClient
    ) -> None:
        while not self.stop.is_set():
            await one(http)

    async def _enrol(self, http: httpx.AsyncClient) -> None:
        number = next(self._number)
        name = f"subject {number:06}"
        body = self.photos.unique(number)
        done = await self._sent(
            http,
            "POST",
            f"/v1/galleries/{GALLERY}/enrol",
            body,
            {"subject": name, "force": "true", "largest": "true"},
        )
        if done is None or done.status_code not in (200, 201):
            return
        self.book.enrolled[name] = done.json()["subject_id"] or ""
        if number % 3 == 0 and self.book.enrolled[name]:
            self.book.consenting.add(name)
            await self._consent(http, self.book.enrolled[name])
            self.book.consenting.discard(name)

    async def _consent(self, http: httpx.AsyncClient, subject_id: str) -> None:
        grant = {"subject_id": subject_id, "purpose": "drill", "text_version": "1", "evidence": "form"}
        done = await self._sent(http, "POST", "/v1/consents", grant)
        if done is not None and done.status_code == 201:
            self.book.consents[subject_id] = done.json()["id"]

    async def _erase(self, http: httpx.AsyncClient) -> None:
        left = [name for name in self.book.enrolled if name not in self.book.erasing | self.book.consenting]
        if len(left) < 20:
            await asyncio.sleep(0.2)
            return
        name = self.chance.choice(left)
        if subject_id := self.book.enrolled[name]:
            self.book.erasing.add(name)
            done = await self._sent(http, "DELETE", f"/v1/subjects/{subject_id}", {})
            if done is not None and done.status_code in (200, 404):  # 404: an earlier try was not answered
                self.book.erased.add(name)
        await asyncio.sleep(0.3)

    async def _identify(self, http: httpx.AsyncClient) -> None:
        """With a reference: the same capture sent again is the same."""
        number = next(self._number)
        capture = ("door", f"capture {number}")
        await self._capture(http, number, capture, {"source": capture[0], "reference": capture[1]})

    async def _identify_keyed(self, http: httpx.AsyncClient) -> None:
        """With nothing but an idempotency key."""
        number = next(self._number)
        await self._capture(http, number, (f"keyed {number}", ""), {"source": f"keyed {number}"})

    async def _identify_once(self, http: httpx.AsyncClient) -> None:
        """With nothing, and so not sent again."""
        number = next(self._number)
        capture = (f"once {number}", "")
        await self._capture(http, number, capture, {"source": capture[0]}, again=False)

    async def _capture(
        self,
        http: httpx.AsyncClient,
        number: int,
        capture: tuple[str, str],
        query: dict[str, str],
        *,
        again: bool = True,
    ) -> None:
        self.book.asked.add(capture)
        body = self.photos.any(number)
        done = await self._sent(
            http, "POST", f"/v1/galleries/{GALLERY}/identify", body, query, again=again, keyed=again
        )
        if done is not None and done.status_code == 200:
            faces = done.json()
            self.book.faces[capture] = len(faces["faces"])
            if len(faces["event_ids"]) != len(faces["faces"]):
                self.book.faults.append(f"{capture}: {len(faces['event_ids'])} events named")

    async def _submit(self, http: httpx.AsyncClient, source: str) -> None:
        """One photo after the other, so that the order of their acceptance is known."""
        while not self.stop.is_set():
            number = next(self._number)
            reference = f"photo {number}"
            self.book.asked.add((source, reference))
            done = await self._sent(
                http,
                "POST",
                f"/v1/galleries/{GALLERY}/jobs/classify",
                self.photos.any(number),
                {"source": source, "reference": reference},
            )
            if done is not None and done.status_code == 202:
                self.book.jobs[done.json()["id"]] = (reference,)
                self.book.streams[source].append(reference)
            await asyncio.sleep(0.1)

    async def _sent(
        self,
        http: httpx.AsyncClient,
        method: str,
        path: str,
        body: bytes | dict[str, Any],
        query: dict[str, str] | None = None,
        *,
        again: bool = True,
        keyed: bool = True,
    ) -> httpx.Response | None:
        """The answer at last; `None` if there was none, or one that asks to be asked again but `again` is off."""
        headers = {"idempotency-key": str(uuid.UUID(int=self.chance.getrandbits(128)))} if keyed else {}
        given: dict[str, Any] = {"json": body} if isinstance(body, dict) else {"content": body}
        if isinstance(body, bytes):
            headers["content-type"] = "image/jpeg"
        began = time.monotonic()
        while True:
            response = await self._once(http, method, path, headers, query, given)
            if response is not None and not _retryable(response):
                self.book.waits.append(time.monotonic() - began)
                return response
            if not again:
                return None
            if time.monotonic() - began > _PATIENCE_S:
                last = "nothing" if response is None else f"{response.status_code} {response.text[:200]}"
                self.book.faults.append(f"{method} {path} was never answered: {last}")
                return None
            self.book.repeated += 1
            await asyncio.sleep(_AGAIN_S)

    async def _once(
        self,
        http: httpx.AsyncClient,
        method: str,
        path: str,
        headers: dict[str, str],
        query: dict[str, str] | None,
        given: dict[str, Any],
    ) -> httpx.Response | None:
        try:
            response = await http.request(method, path, headers=headers, params=query, **given)
        except httpx.TransportError:
            self.book.answers[0] += 1
            return None
        self.book.answers[response.status_code] += 1
        gone = method == "DELETE" and response.status_code == 404  # an earlier try was not answered
        if response.status_code >= 400 and not gone and not _retryable(response):
            self.book.faults.append(f"{method} {path}: {response.status_code} {response.text[:300]}")
        return response


def _retryable(response: httpx.Response) -> bool:
    if response.status_code in (429, 503):
        return True
    return response.status_code == 409 and response.json().get("code") == "request_in_progress"
