"""What a drift means, in words for people: what changed, by how much, and what to do."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from visavis.domain.drift import Finding, Signal, SignalState


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`higher` and `lower` complete "Faces from gate-1 …"; `figure` names the number that is shown."""

    higher: str
    lower: str
    figure: str
    advice: str


_CAMERA: Final = "Look at the camera: focus, lens, light, resolution, compression."
_COLOUR: Final = "Check the white balance of the camera, and what lights the place."
_LIGHT: Final = "Check the light, and the exposure of the camera."

_WORDS: Final = MappingProxyType(
    {
        Signal.QUALITY: Words(
            higher="are of higher quality",
            lower="are of lower quality, so more people will not be recognised",
            figure="mean quality",
            advice=_CAMERA,
        ),
        Signal.DETECTION: Words(
            higher="are found with more certainty",
            lower="are found with less certainty",
            figure="mean detection score",
            advice=_CAMERA,
        ),
        Signal.SHARPNESS: Words(
            higher="are sharper",
            lower="are less sharp",
            figure="mean sharpness",
            advice="Check the focus, clean the lens, and look for motion blur and stronger compression.",
        ),
        Signal.BRIGHTNESS: Words(
            higher="are brighter", lower="are darker", figure="mean grey value", advice=_LIGHT
        ),
        Signal.DYNAMIC_RANGE: Words(
            higher="have more contrast",
            lower="have less contrast",
            figure="mean dynamic range",
            advice=_LIGHT,
        ),
        Signal.RED_GREEN: Words(
            higher="are redder", lower="are less red", figure="mean log of red to green", advice=_COLOUR
        ),
        Signal.BLUE_GREEN: Words(
            higher="are bluer", lower="are less blue", figure="mean log of blue to green", advice=_COLOUR
        ),
        Signal.EYE_DISTANCE: Words(
            higher="are larger",
            lower="are smaller",
            figure="mean distance between the eyes, px",
            advice="Was the camera moved, its zoom or its resolution changed?",
        ),
        Signal.REJECTED: Words(
            higher="are refused more often",
            lower="are refused less often",
            figure="share refused",
            advice=_CAMERA,
        ),
        Signal.MATED_SCORE: Words(
            higher="match with higher scores",
            lower="match with lower scores, so more people will not be recognised",
            figure="mean score of matches",
            advice="If the camera did not change, references may be too old: visavis references ageing",
        ),
        Signal.NON_MATED_SCORE: Words(
            higher="that match nobody come closer to somebody: more strangers will be taken for somebody, or people "
            "who are enrolled are not recognised",
            lower="that match nobody are farther from everybody",
            figure="mean of 1 - FPIR without a match",
            advice="Look at the other signals of this source, then check the error rates on photos of your own.",
        ),
        Signal.CALIBRATION: Words(
            higher="of strangers score higher than in the calibration data: the stated error rate does not hold here",
            lower="of strangers score as in the calibration data",
            figure="share in the upper third, a third if the calibration holds",
            advice="Calibrate on photos of your own: visavis models calibrate",
        ),
    }
)
_SHARES: Final = frozenset({Signal.REJECTED, Signal.CALIBRATION})


def direction(finding: Finding) -> str:
    return "higher" if finding.rising else "lower"


def code(state: SignalState) -> str:
    """For machines, as in `brightness_lower`."""
    return f"{state.signal.value}_{direction(state.finding)}" if state.finding else state.signal.value


def sentence(state: SignalState, source: str) -> str:
    """What a full window said, as in "Faces from gate-1 are darker than in the reference: mean grey value 76 instead
    of 128."; empty before there was one."""
    finding = state.finding
    if finding is None:
        return ""
    words = _WORDS[state.signal]
    where = f"from {source}" if source else "from captures without a named source"
    what = words.higher if finding.rising else words.lower
    versus = "" if state.signal is Signal.CALIBRATION else " than in the reference" if _compares(what) else ""
    now, before = (_figure(state.signal, value) for value in (finding.mean, finding.reference_mean))
    return f"Faces {where} {what}{versus}: {words.figure} {now} instead of {before}."


def advice(signal: Signal) -> str:
    """What a person can do about it."""
    return _WORDS[signal].advice


def figure(signal: Signal) -> str:
    """What the means of a signal are."""
    return _WORDS[signal].figure


def _compares(what: str) -> bool:
    return "," not in what and ":" not in what


def _figure(signal: Signal, value: float) -> str:
    if signal in _SHARES:
        return f"{100 * value:.1f} %"
    if abs(value) >= 10:
        return f"{value:.0f}"
    return f"{value:.2f}"
