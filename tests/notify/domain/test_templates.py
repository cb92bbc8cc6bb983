import pytest

from services.notify.domain.templates import MOST_NUMBERS, TEMPLATES, listed, text_of
from shared.policy.library import built_in
from shared.policy.model import Policy

NUMBERS = [f"TS20260302-{n:04d}" for n in range(1, 201)]


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_text_names_the_complaint_and_keeps_to_the_operators_rules(template: str) -> None:
    text = text_of(template, NUMBERS[:1], {})
    assert NUMBERS[0] in text
    assert not set(text) & set("【】\n")
    assert "http" not in text
    assert len(text) <= 100


@pytest.mark.parametrize("policy", built_in().all(), ids=lambda policy: policy.id)
def test_a_customer_is_addressed_as_one_and_nobody_else_is(policy: Policy) -> None:
    for message in policy.reminder:
        text = text_of(message.template, NUMBERS[:1], {})
        assert text.startswith("尊敬的客户") is ("customer" in message.to), message.template


def test_a_template_without_words_of_its_own_still_says_what_it_is_about() -> None:
    assert NUMBERS[0] in text_of("operators.own", NUMBERS[:1], {})
    assert text_of("customer.own", NUMBERS[:1], {}).startswith("尊敬的客户")


def test_a_digest_counts_all_and_names_the_first_sixty() -> None:
    text = text_of("reminder.daily", NUMBERS, {})
    assert text.startswith("您有200件未完成投诉")
    assert NUMBERS[MOST_NUMBERS - 1] in text
    assert NUMBERS[MOST_NUMBERS] not in text
    assert "等200单" in text


@pytest.mark.parametrize(("count", "counted"), [(1, False), (MOST_NUMBERS, False), (MOST_NUMBERS + 1, True)])
def test_what_fits_is_not_counted(count: int, counted: bool) -> None:
    assert ("等" in listed(NUMBERS[:count])) is counted


def test_the_order_is_named_by_its_number() -> None:
    assert "督办令DB-7" in text_of("order.issued", NUMBERS[:1], {"order": "DB-7"})


def test_a_visit_is_announced_where_there_will_be_one() -> None:
    assert "上门" in text_of("customer.registered", NUMBERS[:1], {"visit": "yes"})
    assert "上门" not in text_of("customer.registered", NUMBERS[:1], {"closed": "yes", "visit": "yes"})
    assert "上门" not in text_of("customer.registered", NUMBERS[:1], {})
