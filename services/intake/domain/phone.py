"""B2: a customer's phone number in one spelling (E.164), or a service number that has none."""

import re

import phonenumbers

from services.intake.domain.text import invalid

MOBILE = re.compile(r"1[3-9]\d{9}")
SERVICE = re.compile(r"(?:9[56]\d{3,6}|[48]00\d{7})")
SEPARATORS = re.compile(r"[\s\-()（）—.]+")
WIDE = str.maketrans("０１２３４５６７８９＋", "0123456789+")
REGION = "CN"


def normalise(text: str) -> str:
    """The number in E.164; 95xxx, 96xxx, 400 and 800 numbers as dialled. Raises ValueError for anything else."""
    digits = SEPARATORS.sub("", text.translate(WIDE))
    if not re.fullmatch(r"\+?[0-9]{3,20}", digits):
        raise invalid("不是有效的电话号码")
    if SERVICE.fullmatch(digits):
        return digits
    if MOBILE.fullmatch(digits):
        # The ranges of mobile numbers grow faster than the library's tables.
        return f"+86{digits}"
    try:
        number = phonenumbers.parse(digits, REGION)
    except phonenumbers.NumberParseException:
        raise invalid("不是有效的电话号码") from None
    national = phonenumbers.national_significant_number(number)
    if not phonenumbers.is_valid_number(number) and not (number.country_code == 86 and MOBILE.fullmatch(national)):
        raise invalid("不是有效的手机号或固定电话（固定电话须带区号）")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
