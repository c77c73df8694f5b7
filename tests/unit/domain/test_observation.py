"""What is measured of a face, and the words of a drift."""

from dataclasses import fields
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from visavis.domain.drift import SCALES, Finding, Signal, SignalState
from visavis.domain.drift_words import advice, code, figure, sentence
from visavis.domain.errors import ValueInvalid
from visavis.domain.observation import Observation
from visavis.vision.exposure import seen_light


def test_numbers_are_read_as_they_were_written_and_old_ones_are_shorter() -> None:
    one = Observation(detection=0.5, sharpness=1.0, inter_eye_px=7.0)
    assert Observation.of_numbers(one.numbers) == one
    assert len(one.numbers) == len(fields(Observation))
    assert Observation.of_numbers([0.5, 1.0]) == Observation(detection=0.5, sharpness=1.0)
    with pytest.raises(ValueInvalid):
        Observation.of_numbers([0.0] * 20)


def test_light_and_colour_of_a_picture() -> None:
    image = np.zeros((20, 10, 3), np.uint8)
    image[:] = (50, 100, 200)
    light = seen_light(image)
    assert light.brightness == pytest.approx(float(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).mean()), abs=0.5)
    assert light.red_green == pytest.approx(np.log(201 / 101))
    assert light.blue_green == pytest.approx(np.log(51 / 101))
    assert seen_light(np.zeros((5, 5, 3), np.uint8)).red_green == 0.0


def test_a_gain_changes_the_brightness_and_not_the_colour() -> None:
    image = np.random.default_rng(1).integers(20, 120, (40, 40, 3), dtype=np.uint8)
    one, two = seen_light(image), seen_light(image * 2)
    assert two.brightness == pytest.approx(2 * one.brightness, rel=1e-6)
    assert two.red_green == pytest.approx(one.red_green, abs=0.01)


@pytest.mark.parametrize("signal", list(Signal))
@pytest.mark.parametrize("rising", [True, False])
def test_every_signal_has_words_and_a_scale(signal: Signal, rising: bool) -> None:
    finding = Finding(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        values=150,
        psi=0.5,
        distance=0.4,
        p_value=1e-9,
        reference_mean=0.5,
        mean=0.7 if rising else 0.3,
        drifted=True,
    )
    state = SignalState(
        signal=signal, reference=SignalState.new(signal).reference, window=SignalState.new(signal).window
    )
    assert sentence(state, "gate") == ""
    judged = SignalState(signal=signal, reference=state.reference, window=state.window, finding=finding)
    said = sentence(judged, "gate")
    assert said.startswith("Faces from gate ")
    assert said.endswith(".")
    assert code(judged) == f"{signal}_{'higher' if rising else 'lower'}"
    assert advice(signal)
    assert figure(signal) in said
    assert SCALES[signal].bins >= 2


def test_histograms_have_the_bins_of_their_signal() -> None:
    other = SignalState.new(Signal.REJECTED).reference
    with pytest.raises(ValueInvalid):
        SignalState(signal=Signal.QUALITY, reference=other, window=other)
