"""Faces sorted by human."""

import numpy as np
import pytest

from visavis.domain.errors import ModelMismatch, ValueInvalid
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.grouping import group

MODEL = ModelIdentity(family="arcface", digest="a" * 64, contract="test", dimension=64)


def looks(human: int, count: int, noise: float = 0.05) -> list[Template]:
    rng = np.random.default_rng(human)
    middle = rng.normal(size=64) / 8
    return [
        Template.of((middle + rng.normal(size=64) * noise).astype(np.float32), MODEL) for _ in range(count)
    ]


def test_nothing_gives_nothing() -> None:
    assert group([], 0.5) == []


def test_each_human_is_a_group_in_any_order() -> None:
    templates = looks(1, 5) + looks(2, 3) + looks(3, 1)
    order = np.random.default_rng(0).permutation(9)
    groups = group([templates[place] for place in order], 0.5)
    human = [0] * 5 + [1] * 3 + [2]
    assert sorted(sorted(order[place] for place in places) for places in groups) == [
        [place for place in range(9) if human[place] == number] for number in range(3)
    ]
    assert groups == sorted(groups)


def test_many_humans() -> None:
    templates = [look for human in range(60) for look in looks(human, 6)]
    assert group(templates, 0.5) == [list(range(6 * human, 6 * human + 6)) for human in range(60)]


def test_a_chain_of_likenesses_joins_nobody() -> None:
    """Neighbours on an arc are 0.9 alike, its ends are opposite: single linkage would make one group of them."""
    angles = np.arange(8) * np.arccos(0.9)
    templates = []
    for angle in angles:
        features = np.zeros(64, np.float32)
        features[:2] = np.cos(angle), np.sin(angle)
        templates.append(Template.of(features, MODEL))
    groups = group(templates, 0.6)
    assert len(groups) > 2
    assert max(map(len, groups)) < 5


def test_those_who_met_are_two_humans_and_so_are_their_groups() -> None:
    templates = looks(1, 4)
    apart = np.zeros((4, 4), bool)
    apart[0, 1] = True
    groups = group(templates, 0.5, apart=apart)
    assert len(groups) == 2
    assert not any({0, 1} <= set(places) for places in groups)
    assert sorted(place for places in groups for place in places) == [0, 1, 2, 3]


def test_templates_of_two_models_are_refused() -> None:
    other = ModelIdentity(family="arcface", digest="b" * 64, contract="test", dimension=64)
    with pytest.raises(ModelMismatch):
        group([*looks(1, 1), Template.of(np.ones(64, np.float32), other)], 0.5)


def test_too_many_are_refused() -> None:
    with pytest.raises(ValueInvalid, match="too many"):
        group(looks(1, 1) * 8193, 0.5)
