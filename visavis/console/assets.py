"""Styles, scripts and pictures: served from here only, and kept by browsers until they change."""

import hashlib
import mimetypes
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Self

from fastapi import FastAPI
from starlette.responses import Response

_LASTING = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by path. Their common digest is part of every address, because modules import each other by relative
    paths: a new version of one is a new address of all."""

    by_path: dict[str, Asset]
    digest: str

    @classmethod
    def read(cls) -> Self:
        found = dict(_below(files("visavis.console").joinpath("static"), ""))
        whole = hashlib.sha256()
        for path in sorted(found):
            whole.update(path.encode() + b"\0" + found[path].content)
        return cls(found, whole.hexdigest()[:16])

    def url(self, path: str) -> str:
        """Raises `KeyError` for a file that is not there."""
        if path not in self.by_path:
            raise KeyError(path)
        return f"/static/{self.digest}/{path}"


def add_assets(app: FastAPI, assets: Assets) -> None:
    async def asset(digest: str, path: str) -> Response:
        found = assets.by_path.get(path)
        if found is None:
            return Response(status_code=404)
        lasting = _LASTING if digest == assets.digest else "no-cache"
        return Response(found.content, media_type=found.media_type, headers={"Cache-Control": lasting})

    app.add_api_route("/static/{digest}/{path:path}", asset, methods=["GET"])


def _below(folder: Traversable, before: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for one in folder.iterdir():
        path = before + one.name
        if one.is_dir():
            found += _below(one, f"{path}/")
        else:
            kind = mimetypes.guess_type(one.name)[0] or "application/octet-stream"
            media = "text/javascript" if one.name.endswith(".js") else kind
            found.append((path, Asset(one.read_bytes(), media)))
    return found
