"""Speed, as ratios measured in one run."""

from typing import Literal

from pydantic import Field

from visavis.wire.model import Document, Model, Number


class PhotoSpeed(Model):
    """One photo; durations are the shortest of several runs on one thread, ms."""

    size: str
    faces: int
    photo_ms: Number = Field(description="From the bytes of the file to templates.")
    decode_ms: Number = Field(description="The part of it that decodes the file.")
    models_ms: Number = Field(description="The model runs alone, replayed: the limit.")
    face_recognition_ms: Number | None = None


class BenchDocument(Document):
    """Photo to templates, against its bare model runs and against face_recognition if dlib is installed."""

    title = "visavis bench"
    kind: Literal["visavis.bench/1"] = Field(default="visavis.bench/1", alias="schema")
    pack: str
    machine: str
    threads: int
    photos: list[PhotoSpeed]
    over_models: Number = Field(description="Whole path divided by the model runs, over all photos.")
    over_models_decoded: Number = Field(description="The same without decoding the file.")
    over_models_all_workers: Number = Field(
        description="Photos per second of the model runs alone, by all worker threads, over those of the whole path."
    )
    times_faster: Number | None = Field(default=None, description="Than face_recognition, one thread each.")
    times_faster_all_workers: Number | None = Field(
        default=None, description="Than face_recognition, with all worker threads busy on different photos."
    )
    photos_per_second: Number = Field(description="With all worker threads.")
