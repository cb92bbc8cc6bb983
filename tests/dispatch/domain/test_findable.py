import pytest

from services.dispatch.domain.findable import asked_for, terms_of

ROW = terms_of("张三丰", "+8613800012345", "3-2-1201")


def found(q: str, row: list[str] = ROW) -> bool:
    return any(set(alternative) <= set(row) for alternative in asked_for(q))


@pytest.mark.parametrize(
    "q",
    ["张三丰", "张三", "三丰", "13800012345", "+8613800012345", "0086 138 0001 2345", "138-0001-2345", "2345",
     "3-2-1201", "1201", "2-1201", "3-2", "３－２－１２０１", " 张三丰 "],
)  # fmt: skip
def test_a_customer_is_found_by_what_an_officer_types(q: str) -> None:
    assert found(q)


@pytest.mark.parametrize(
    "q",
    ["张", "丰", "张丰", "张三李", "1380001", "345", "12345", "22345", "120", "3-1201", "2-3", "%", "_", "--", "'", ""],
)
def test_less_than_that_or_something_else_finds_nobody(q: str) -> None:
    assert not found(q)


def test_names_in_letters_and_rooms_in_words_are_found_by_their_parts() -> None:
    row = terms_of("John  O'Neill", "+862085551234", "云山府3栋2单元1201室")
    for q in ("john o'neill", "O'Neill", "neill", "020-85551234", "5551234", "3栋2单元", "2单元1201室", "云山府"):
        assert found(q, row) is (q != "5551234"), q
    assert not found("john neill", row)


def test_an_archived_customer_is_found_by_nothing() -> None:
    assert terms_of(None, None, None) == terms_of("", "", "") == []


def test_a_very_long_room_has_a_bounded_number_of_words() -> None:
    assert len(terms_of(None, None, "-".join(str(n) for n in range(90)))) == 36
