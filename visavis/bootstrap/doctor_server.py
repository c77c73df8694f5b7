"""The part of the examination that looks at a running server."""

from visavis.bootstrap.doctor import found
from visavis.bootstrap.up import is_ready, log_file, running_server
from visavis.settings import Settings
from visavis.wire.installation import Finding


def examine_server(settings: Settings) -> list[Finding]:
    """Whether `visavis up` keeps a server of this data directory running, and whether it answers."""
    server = running_server(settings)
    if server is None:
        return [found("server", "ok", "not running; start it with: visavis up")]
    url = server.facts.get("url", "")
    console = server.facts.get("console")
    beside = f", console at {console}" if console else ""
    if is_ready(settings):
        return [found("server", "ok", f"running at {url}{beside}, process {server.pid}")]
    return [
        found(
            "server",
            "problem",
            f"process {server.pid} runs, but {url} is not ready",
            f"See {log_file(settings)}",
        )
    ]
