"""The configuration file of an agent: read, explained, and checked so that a slip is named and not suffered."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from visavis.domain.camera import ReaderKind
from visavis.domain.errors import FileUnreadable, SettingsInvalid, ValueInvalid
from visavis.wire.edge import AgentConfig, CameraConfig

_HINT = "See all options with: visavis edge --example"
_MOST_BYTES = 4 * 2**20
_PLAIN = {
    ("string_pattern_mismatch", "id"): "up to 64 letters, digits, dots, dashes and underscores are allowed",
    ("string_pattern_mismatch", "url"): "begins with http:// or https://",
    ("string_pattern_mismatch", "grpc_url"): "begins with http:// or https://",
}  #: what pydantic would say with a regular expression

EXAMPLE: Final = """\
# An agent of Visavis: which cameras, what is done here, where the results go.
# visavis edge --config camera.toml --check     tries everything and says what is wrong
# visavis edge --config camera.toml             works until it is told to stop

gallery = "default"              # where people are searched
split = "templates"              # crops: faces are found here, the server does the rest
                                 # templates: templates are computed here, the server decides
                                 # match: decided here, also while the server is away; it is told afterwards
pack = "standard"                # the gallery's model pack; light is smaller
detector = "yunet"               # or mtcnn
# state = "/var/lib/visavis-edge"  # keys, spool and copy; default: $STATE_DIRECTORY, else ~/.local/state/visavis/edge
managed = true                   # an enrolled agent takes from its server what the server may say: cameras, split, …
packs = "published"              # where an enrolled agent looks first for a model pack: published or server

[server]
url = "https://faces.example.org"
# ca = "/etc/visavis/ca.pem"     # who vouches for its certificate, where the system does not know
# transport = "json"             # json: crops in base64; form: crops as they are, a fifth less; grpc: one stream
                                 # (needs pip install 'visavis[edge-grpc]')
# grpc_url = "https://faces.example.org:8421"   # default: the host of url, port 8421
# The key lies in the state directory (file api-key, mode 0600) or in VISAVIS_API_KEY, never here.

[[cameras]]
id = "door-1"                    # the source of its events
reader = "rtsp"                  # usb, rtsp, mjpeg, file or folder
address = "rtsp://user:password@192.0.2.10/stream1"
site = "Main building"
zone = "Lobby"
direction = "entry"              # passing, entry or exit
rate = 5.0                       # frames searched per second
min_face_px = 32                 # smaller faces are left out
max_side_px = 1280               # larger frames are reduced before they are searched
# gallery = "visitors"           # another than the agent's
# snapshots = "blurred"          # small pictures for people who watch: off, blurred (faces) or full
# snapshot_every_s = 10.0        # so often at most
# region = [[[0.1, 0.2], [0.9, 0.2], [0.9, 1.0], [0.1, 1.0]]]   # polygons, as shares of width and height

[cameras.motion]
enabled = true                   # frames in which nothing moves are not searched
sensitivity = 0.5                # 0: large changes only; 1: every flicker
hold_s = 2.0                     # so long after the last motion, still

# [[cameras]]
# id = "recording"
# reader = "file"                # or folder: pictures in the order of their names
# address = "/var/recordings/monday.mp4"
# started_at = "2026-03-02T08:00:00+01:00"
# as_fast_as_possible = true     # instead of in real time
# repeat = false

[tracking]
gone_s = 1.5                     # a face not seen for so long has left
least_s = 0.4                    # shorter tracks are left out
least_quality = 5.0              # 0..100; worse looks are not used
shots = 5                        # best looks that are fused into one probe
report_every_s = 2.0             # so often at most a track is reported while it lasts
longest_s = 60.0                 # a longer track is ended and begun anew

[spool]
max_mb = 256                     # what waits while the server is away, encrypted; then the oldest goes
max_days = 7.0

[copy]                           # split = "match": the copy of the gallery
every_s = 10.0                   # so often the server is asked for changes
max_age_h = 72.0                 # an older copy decides nothing

# [[hooks]]                      # told of every decision at once: what opens a gate
# url = "http://127.0.0.1:8080/gate"      # gets a POST with the decision as JSON
# timeout_s = 2.0
# [[hooks]]
# command = ["/usr/local/bin/open-gate"]  # gets the same on its input
"""


def load_config(path: Path) -> AgentConfig:
    """From TOML, or from JSON if the file is called so. Paths in it are relative to it.

    Raises `FileUnreadable`, `SettingsInvalid` naming every field that is wrong.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileUnreadable(f"{path} is too large for a configuration.")
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise FileUnreadable(f"The configuration {path} cannot be read: {reason}.", hint=_HINT) from error
    return _relative_to(path.parent, parsed(content, as_json=path.suffix.lower() == ".json"))


def parsed(content: str, *, as_json: bool) -> AgentConfig:
    """Raises `SettingsInvalid`; what is in the file is not repeated, because addresses may hold passwords."""
    try:
        values = json.loads(content) if as_json else tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if as_json else "TOML"
        raise SettingsInvalid(f"The configuration is no {kind}: {error}.", hint=_HINT) from error
    if not isinstance(values, dict):
        raise SettingsInvalid("The configuration is no table of options.", hint=_HINT)
    try:
        return AgentConfig.model_validate_json(json.dumps(values, default=str))
    except (ValidationError, ValueInvalid) as error:
        problems = list(_problems(error)) if isinstance(error, ValidationError) else [error.message]
        raise SettingsInvalid(
            "The configuration is wrong: " + "; ".join(problems) + ".", hint=_HINT, reasons=tuple(problems)
        ) from error


def sources_of(cameras: Sequence[CameraConfig]) -> Iterator[str]:
    """A line for each camera that may be shown and logged: nothing of its address."""
    for camera in cameras:
        yield f"{camera.id} ({camera.reader.value})"


def _problems(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_input=False, include_url=False):
        place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in problem["loc"])
        said = _PLAIN.get((problem["type"], str(problem["loc"][-1:] and problem["loc"][-1])))
        yield f"{place or 'as a whole'}: {said or _said(problem['type'], problem['msg'])}"


def _said(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such option"
    if kind == "missing":
        return "is missing"
    return _lowered(message)


def _lowered(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _relative_to(folder: Path, config: AgentConfig) -> AgentConfig:
    """Files and folders as if the agent had been started beside its configuration."""
    cameras = [
        camera.model_copy(update={"address": str(folder / Path(camera.address).expanduser())})
        if camera.reader in {ReaderKind.FILE, ReaderKind.FOLDER}
        else camera
        for camera in config.cameras
    ]
    changes: dict[str, object] = {"cameras": tuple(cameras)}
    if config.state is not None:
        changes["state"] = str(folder / Path(config.state).expanduser())
    given = {name: getattr(config.server, name) for name in ("ca", "certificate", "certificate_key")}
    files = {name: str(folder / Path(file).expanduser()) for name, file in given.items() if file is not None}
    if files:
        changes["server"] = config.server.model_copy(update=files)
    return config.model_copy(update=changes)
