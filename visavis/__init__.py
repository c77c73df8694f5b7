"""Visavis: face recognition you host yourself.

    import visavis

    engine = visavis.Engine()
    decision = engine.verify("passport.jpg", "selfie.jpg")
    print(decision.outcome, decision.score.value, decision.fmr.value)

    with visavis.open_gallery("staff") as gallery:
        gallery.enrol("Ada", "ada-1.jpg", "ada-2.jpg")
        for seen in gallery.identify("door.jpg"):
            print(seen.decision.outcome, seen.candidates.best)

    with visavis.Client("https://faces.example.org", key) as client:
        client.identify("staff", "door.jpg")

Names are loaded when they are first used, so `import visavis` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visavis.bootstrap.gallery import OpenGallery, open_gallery
    from visavis.bootstrap.library import AnalysedFace, Engine
    from visavis.client.asynchronous import AsyncClient
    from visavis.client.synchronous import Client
    from visavis.domain.decision import Candidate, ComparisonScore, Decision, Measure, Outcome, compare
    from visavis.domain.errors import VisavisError
    from visavis.domain.face import Face
    from visavis.domain.gallery import Gallery
    from visavis.domain.pack import Pack
    from visavis.domain.policy import Policy
    from visavis.domain.sample import Quality, Reason
    from visavis.domain.template import ModelIdentity, Template, fuse
    from visavis.settings import Settings, load_settings

_HOMES = {
    "AnalysedFace": "bootstrap.library",
    "AsyncClient": "client.asynchronous",
    "Candidate": "domain.decision",
    "Client": "client.synchronous",
    "ComparisonScore": "domain.decision",
    "Decision": "domain.decision",
    "Engine": "bootstrap.library",
    "Face": "domain.face",
    "Gallery": "domain.gallery",
    "Measure": "domain.decision",
    "ModelIdentity": "domain.template",
    "OpenGallery": "bootstrap.gallery",
    "Outcome": "domain.decision",
    "Pack": "domain.pack",
    "Policy": "domain.policy",
    "Quality": "domain.sample",
    "Reason": "domain.sample",
    "Settings": "settings",
    "Template": "domain.template",
    "VisavisError": "domain.errors",
    "compare": "domain.decision",
    "fuse": "domain.template",
    "load_settings": "settings",
    "open_gallery": "bootstrap.gallery",
}

__all__ = [
    "AnalysedFace",
    "AsyncClient",
    "Candidate",
    "Client",
    "ComparisonScore",
    "Decision",
    "Engine",
    "Face",
    "Gallery",
    "Measure",
    "ModelIdentity",
    "OpenGallery",
    "Outcome",
    "Pack",
    "Policy",
    "Quality",
    "Reason",
    "Settings",
    "Template",
    "VisavisError",
    "compare",
    "fuse",
    "load_settings",
    "open_gallery",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'visavis' has no attribute '{name}'")
    return getattr(import_module(f"visavis.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
