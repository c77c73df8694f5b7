"""Reports the face in a folder of frames as one track: an own tracker in twenty lines.

    export VISAVIS_URL=http://127.0.0.1:8420 VISAVIS_KEY=vv_…      # an API key with the permission tracks:report
    python examples/tracker.py visits door-1 frames/

The frames show one human, as a tracker would cut them out; their times are those of the files. Templates are made here,
so no picture leaves this machine. Run it twice: the identifier comes from the folder, so the log has one line.
"""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import visavis
from visavis.wire.v1.templates import encoded_template
from visavis.wire.v1.tracks import ShotReport, TrackReport


def report(camera: str, folder: Path) -> TrackReport:
    engine = visavis.Engine()
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in {".jpg", ".jpeg", ".png"})
    seen = [(file.stat().st_mtime, face) for file in files for face in engine.analyse(file)[:1]]
    good = [(at, face.template) for at, face in seen if face.template is not None]
    best = sorted(good, key=lambda look: look[1].quality or 0.0, reverse=True)[:5]
    times = [datetime.fromtimestamp(at, UTC) for at, _ in seen]
    return TrackReport(
        track=uuid.uuid5(uuid.NAMESPACE_URL, folder.resolve().as_uri()),
        camera=camera,
        first_at=min(times),
        last_at=max(times),
        frames=len(seen),
        ended=True,
        shots=tuple(
            ShotReport(at=datetime.fromtimestamp(at, UTC), template=encoded_template(template))
            for at, template in best
        ),
    )


if __name__ == "__main__":
    gallery, camera, folder = sys.argv[1:]
    with visavis.Client() as client:
        print(client.tracks.report(gallery, report(camera, Path(folder))).model_dump_json(indent=2))
