import pytest

from services.intake.domain.phone import normalise


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("13800000001", "+8613800000001"),
        ("138 0000-0001", "+8613800000001"),
        ("+86 13800000001", "+8613800000001"),
        ("008613800000001", "+8613800000001"),
        ("16512345678", "+8616512345678"),
        ("１３８０００００００１", "+8613800000001"),
        ("020-87654321", "+862087654321"),
        ("(0755) 26668888", "+8675526668888"),
        ("95588", "95588"),
        ("96110", "96110"),
        ("400-800-1234", "4008001234"),
        ("800 810 1234", "8008101234"),
        ("+852 9123 4567", "+85291234567"),
    ],
)
def test_one_number_has_one_spelling(given: str, kept: str) -> None:
    assert normalise(given) == kept
    assert normalise(kept) == kept


@pytest.mark.parametrize(
    "given",
    [
        *("", "12", "12345678", "87654321", "1380000000", "138000000012", "12800000001", "110", "9" * 40),
        *("电话", "1380000000x", "+", "++8613800000001", "13800000001;DROP", "138000\n00001x", "=13800000001"),
    ],
)
def test_what_cannot_be_called_is_refused(given: str) -> None:
    with pytest.raises(ValueError):
        normalise(given)
