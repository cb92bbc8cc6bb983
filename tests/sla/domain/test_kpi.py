"""Rates and scores: what was not counted weighs nothing."""

import pytest

from services.sla.domain.kpi import Numbers, parts_of, ranked, rates, score
from shared.policy.reports import Ranking, Weights

RULES = Ranking(
    weights=Weights(on_time=40, efficiency=30, satisfaction=30),
    centre=Weights(discipline=40, on_the_spot=30, completion=30),
    worst_hours=100,
    finding_points=10,
)


def test_rates_are_null_where_nothing_was_counted() -> None:
    found = rates(Numbers())
    assert {name for name, value in found.items() if value is None} == {
        "on_the_spot_rate", "completion_rate", "on_time_rate", "mean_hours", "satisfaction", "window_rating",
    }  # fmt: skip
    assert found["penalties"] == "0"


def test_the_score_is_the_weighted_mean() -> None:
    numbers = Numbers(due=4, on_time=3, timed=2, minutes=2 * 50 * 60, satisfied=2, satisfaction=8)
    assert score(parts_of(numbers, RULES), RULES.weights) == 0.4 * 75 + 0.3 * 50 + 0.3 * 80


def test_what_was_not_measured_leaves_its_weight_to_the_others() -> None:
    numbers = Numbers(due=4, on_time=3, satisfied=1, satisfaction=5)
    assert score(parts_of(numbers, RULES), RULES.weights) == round((40 * 75 + 30 * 100) / 70, 2)
    assert score(parts_of(Numbers(), RULES), RULES.weights) is None


def test_handling_slower_than_the_worst_scores_nothing_and_never_less() -> None:
    parts = parts_of(Numbers(timed=1, minutes=500 * 60), RULES)
    assert parts["efficiency"] == 0


def test_a_centre_loses_points_for_each_finding() -> None:
    numbers = Numbers(registered=10, on_the_spot=5, completed=8, findings=3)
    assert score(parts_of(numbers, RULES), RULES.centre) == 0.4 * 70 + 0.3 * 50 + 0.3 * 80
    assert parts_of(Numbers(findings=11), RULES)["discipline"] == 0


def test_equals_share_a_rank_and_the_unscored_have_none() -> None:
    rows = [{"key": key, "score": value} for key, value in (("a", 80.0), ("b", None), ("c", 90.0), ("d", 80.0))]
    assert [(row["key"], row["rank"]) for row in ranked(rows)] == [("c", 1), ("a", 2), ("d", 2), ("b", None)]


def test_clocks_add_up_over_cases_alike() -> None:
    numbers = Numbers()
    numbers.add_runs({"visit": (1, 0), "plan": (0, 1)}, 3)
    numbers.add_runs({"visit": (0, 1)}, 1)
    assert rates(numbers)["clocks"]["visit"] == {"met": 3, "breached": 1, "on_time_rate": 0.75}


def test_weights_add_up_to_a_hundred() -> None:
    with pytest.raises(ValueError, match="add up"):
        Weights(on_time=50)
