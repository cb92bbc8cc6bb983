import pytest

from shared.kernel.masking import mask_name, mask_phone


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+8613800008000", "138****8000"),
        ("13800008000", "138****8000"),
        ("+862087654321", "208*****21"),
        ("+85291234567", "+85*******67"),
        ("4008001234", "400*****34"),
        ("95588", "95588"),
        (None, None),
    ],
)
def test_a_number_is_known_again_but_cannot_be_called(phone: str | None, shown: str | None) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "张*"), ("王小明", "王*明"), ("欧阳小明", "欧**明"), ("张", "*"), ("", ""), (None, None)],
)
def test_a_name_keeps_its_ends(name: str | None, shown: str | None) -> None:
    assert mask_name(name) == shown
