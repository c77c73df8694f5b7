"""What both parts of the filling send to an installation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx


def send(http: httpx.Client, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = http.request(method, path, json=body)
    if answer.status_code >= 400:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


def show(http: httpx.Client, path: str, photo: Path, asked: Mapping[str, str]) -> None:
    """A photo, of which the largest face counts; it may have none."""
    params = {**asked, "largest": "true"}
    answer = http.post(path, params=params, files={"image": (photo.name, photo.read_bytes())})
    if answer.status_code not in (200, 422):
        answer.raise_for_status()
