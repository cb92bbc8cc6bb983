"""Which language a page is in: Chinese as written, or a translation of it from locales/*.po."""

from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from fastapi import Request

LOCALES = {"zh-CN": "简体中文", "zh-TW": "繁體中文", "en": "English"}
"""As a browser names them, with the name each has for itself. The first is the language of the source."""

COOKIE = "ccrm_language"
_FILES = files("shared.web") / "locales"


def locale_of(request: Request) -> str:
    """The one chosen, else the first the browser asks for that we have, else simplified Chinese."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LOCALES:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        wanted = part.split(";")[0].strip().lower()
        if wanted in ("zh-tw", "zh-hk", "zh-mo") or wanted.startswith("zh-hant"):
            return "zh-TW"
        if wanted.startswith("zh"):
            return "zh-CN"
        if wanted.startswith("en"):
            return "en"
    return "zh-CN"


@cache
def translations(locale: str) -> NullTranslations:
    """What is not translated stays Chinese."""
    source = _FILES / f"{locale.replace('-', '_')}.po"
    if locale == "zh-CN" or not source.is_file():
        return NullTranslations()
    with source.open("rb") as file:
        catalog = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
