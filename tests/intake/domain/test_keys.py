"""Keys that follow from the customer's own: each opens its case in its way, and nobody can make one from another."""

from uuid import UUID

import pytest

from services.intake.domain.keys import Way, derived, named, opens

CASE = UUID("01900000-0000-7000-8000-000000000001")
OTHER = UUID("01900000-0000-7000-8000-000000000002")
OWN = "A" * 32
GIVEN = (Way.handed, Way.code, Way.window)


@pytest.mark.parametrize("way", GIVEN)
def test_a_key_names_its_case_and_its_way_and_opens_it(way: Way) -> None:
    key = derived(OWN, CASE, way)
    assert named(key) == (way, CASE)
    assert opens(key, OWN, CASE, way)


@pytest.mark.parametrize("way", GIVEN)
def test_a_key_opens_nothing_else(way: Way) -> None:
    key = derived(OWN, CASE, way)
    for other in GIVEN:
        forged = other[0] + key[1:]
        assert opens(forged, OWN, CASE, other) is (other is way)
    assert not opens(key, "B" * 32, CASE, way)
    assert not opens(key, OWN, OTHER, way)
    assert not opens(key[:-1], OWN, CASE, way)
    assert not opens(derived(OWN, OTHER, way), OWN, CASE, way)


@pytest.mark.parametrize(
    "text", ["", OWN, "h.", "h.x.y", "o." + "A" * 22 + ".x", "z." + "A" * 22 + ".x", "h." + "A" * 22]
)
def test_what_is_no_such_key_names_nothing(text: str) -> None:
    assert named(text) is None


def test_nothing_follows_from_the_known_text_of_an_archived_case() -> None:
    archived = f"已归档-{CASE}"
    assert not opens(derived(archived, CASE, Way.window), archived, CASE, Way.window)
