"""The tour of the documentation of compreface-sdk 0.6.0. Run by an interpreter that has it; only its address and keys
are ours.

Arguments: JSON with `url`, `port`, the keys `recognition`, `detection`, `verification`, and `people`, a path of four
photos for each of several names. The last line that is printed is what every call has answered, as JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

from compreface import CompreFace
from compreface.collections import FaceCollection
from compreface.collections.face_collections import Subjects
from compreface.service import DetectionService, RecognitionService, VerificationService

OPTIONS = {
    "limit": 0,
    "det_prob_threshold": 0.8,
    "prediction_count": 1,
    "face_plugins": "calculator,age,gender,landmarks",
    "status": "true",
}
NARROW = {name: OPTIONS[name] for name in ("limit", "det_prob_threshold", "face_plugins", "status")}


def tour(given: dict[str, Any]) -> dict[str, Any]:
    people: dict[str, list[str]] = given["people"]
    one, other = sorted(people)[:2]
    done: dict[str, Any] = {}
    compre_face = CompreFace(given["url"], given["port"], OPTIONS)

    recognition: RecognitionService = compre_face.init_face_recognition(given["recognition"])
    face_collection: FaceCollection = recognition.get_face_collection()
    subjects: Subjects = recognition.get_subjects()

    done["add subject"] = subjects.add("Jonathan Petit")
    done["update subject"] = subjects.update(subject="Jonathan Petit", new_name=one)
    done["add"] = [
        face_collection.add(image_path=path, subject=name)
        for name, paths in people.items()
        for path in paths[:3]
    ]
    done["subjects"] = subjects.list()
    done["faces"] = face_collection.list()
    done["recognize"] = {name: recognition.recognize(image_path=paths[3]) for name, paths in people.items()}
    content = Path(people[one][3]).read_bytes()
    done["recognize bytes"] = recognition.recognize(content, {"prediction_count": 3, "limit": 1})
    image_id = done["add"][0]["image_id"]
    done["verify"] = face_collection.verify(image_path=people[one][3], image_id=image_id, options=NARROW)
    done["delete"] = face_collection.delete(image_id)
    done["delete all"] = face_collection.delete_all(one)
    done["delete subject"] = subjects.delete(other)
    done["delete subjects"] = subjects.delete_all()
    done["nobody"] = recognition.recognize(image_path=given["no_face"])

    detection: DetectionService = compre_face.init_face_detection(given["detection"])
    done["detect"] = detection.detect(image_path=people[one][0])
    verification: VerificationService = compre_face.init_face_verification(given["verification"])
    done["compare"] = [verification.verify(people[one][0], people[name][1], NARROW) for name in (one, other)]
    return done


if __name__ == "__main__":
    print(json.dumps(tour(json.loads(sys.argv[1]))))  # noqa: T201
