"""The reader's own time zone, where the server draws by the hour."""

from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request

COOKIE = "visavis_zone"  #: set by the page for signing in; it says nothing that a request's time does not


def zone_of(request: Request) -> ZoneInfo:
    """That of the browser, if it said one that exists; otherwise UTC."""
    try:
        return ZoneInfo(unquote(request.cookies.get(COOKIE, "")) or "UTC")
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return ZoneInfo("UTC")
