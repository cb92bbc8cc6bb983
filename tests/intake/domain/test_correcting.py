from services.intake.domain.correcting import changes, names

BEFORE = {"customer": {"name": "张", "phone": "1", "room": "2"}, "content": "渗水", "fields": {"a": 1}, "media": False}


def test_of_customer_and_fields_only_what_differs_is_told() -> None:
    after = {**BEFORE, "customer": {"name": "张", "phone": "3"}, "fields": {"a": 1, "b": True}}
    old, new = changes(BEFORE, after)
    assert old == {"customer": {"phone": "1", "room": "2"}, "fields": {"b": None}}
    assert new == {"customer": {"phone": "3", "room": None}, "fields": {"b": True}}
    assert names(new) == ["customer.phone", "customer.room", "fields.b"]


def test_the_same_is_no_change() -> None:
    assert changes(BEFORE, dict(BEFORE)) == ({}, {})


def test_other_values_are_told_whole() -> None:
    old, new = changes(BEFORE, {"content": "漏水", "media": True})
    assert (old, new) == ({"content": "渗水", "media": False}, {"content": "漏水", "media": True})
    assert names(new) == ["content", "media"]
