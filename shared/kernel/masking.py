"""A6: what is left of personal data on the screens of those who do not handle the case."""


def mask_phone(phone: str | None) -> str | None:
    """+8613800008000 -> 138****8000; other numbers keep their last two digits; service numbers stay readable."""
    if phone is None:
        return None
    digits = phone.removeprefix("+86")
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    if len(digits) <= 6:
        return digits
    return f"{digits[:3]}{'*' * (len(digits) - 5)}{digits[-2:]}"


def mask_name(name: str | None) -> str | None:
    """王小明 -> 王*明, 张三 -> 张*."""
    if not name:
        return name
    if len(name) == 1:
        return "*"
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"
