"""003§16: the monthly ranking of officers, and who stays at its end three months running."""

from uuid import UUID

from services.sla.domain.facts import Fact
from services.sla.domain.rankings import ranking_proposals, rankings
from tests.kit.story import POLICY, ZONE, Story, at


def rated(months: list[int], officers: int, worst: str = "o00") -> list[Fact]:
    """In each month every officer gets 5 stars, the worst 1."""
    story = Story()
    for month in months:
        for number in range(officers):
            name = f"o{number:02d}"
            story.fact("window_rated", f"{month:02d}-15 10:00", officer=name, stars=1 if name == worst else 5)
    return story.facts


def proposed(facts: list[Fact], now: str) -> list[tuple[str | None, str]]:
    return [(p.person, p.rule) for p in ranking_proposals(POLICY, facts, at(now), ZONE)]


def test_the_best_average_comes_first_and_more_ratings_break_a_tie() -> None:
    story = Story()
    for officer, stars in (("a", 5), ("b", 4), ("c", 5), ("c", 5)):
        story.fact("window_rated", "03-02 10:00", officer=officer, stars=stars)
    places = rankings(story.facts, ZONE)["2026-03"]
    assert [(p.place, p.officer, p.average, p.ratings) for p in places] == [
        (1, "c", 5.0, 2), (2, "a", 5.0, 1), (3, "b", 4.0, 1),
    ]  # fmt: skip


def test_a_rating_counts_in_its_local_month() -> None:
    story = Story().fact("window_rated", "03-31 23:59:59", officer="a", stars=5)
    assert list(rankings(story.facts, ZONE)) == ["2026-03"]


def test_three_months_among_the_last_ten_of_more_than_ten_propose_and_two_do_not() -> None:
    assert ("o00", "ranking.bottom") in proposed(rated([1, 2, 3], 11), "04-01 00:00")
    assert proposed(rated([1, 2], 11), "03-01 00:00") == []
    assert proposed(rated([1, 2, 3], 11), "03-31 23:59:59") == []


def test_a_month_without_a_place_at_the_end_breaks_the_streak() -> None:
    assert proposed(rated([1, 2, 4], 11), "05-01 00:00") == []


def test_where_no_more_than_ten_are_ranked_nobody_is_last() -> None:
    assert proposed(rated([1, 2, 3], 10), "04-01 00:00") == []


def test_a_proposal_is_named_by_its_person_and_month_however_often_it_is_computed() -> None:
    def keys(worst: str, months: list[int], now: str) -> set[tuple[str, UUID | None]]:
        found = ranking_proposals(POLICY, rated(months, 11, worst), at(now), ZONE)
        return {(one.period, one.key) for one in found if one.person == worst}

    first = keys("o00", [1, 2, 3], "04-01 00:00")
    assert [period for period, _ in first] == ["2026-03"]
    assert keys("o00", [1, 2, 3], "05-20 00:00") == first
    assert not first & keys("o01", [1, 2, 3], "04-01 00:00")
    assert len(keys("o00", [1, 2, 3, 4, 5, 6], "07-01 00:00") | first) == 2


def test_after_a_proposal_the_count_begins_anew() -> None:
    several = [person for person, _ in proposed(rated([1, 2, 3, 4, 5], 11), "06-01 00:00")]
    assert several.count("o00") == 1
