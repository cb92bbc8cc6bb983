"""Texts that Python puts together. Each reads Chinese, as what is exported or logged does; a page's filter `word` says
it in the page's language: the pattern by the catalog, and what stands in it by its own right.
"""

from collections.abc import Callable, Iterable

Gettext = Callable[[str], str]


class Phrase(str):
    """A text that knows how it is said. Cut or joined like any text, it is a plain one again."""

    _say: Callable[[Gettext], str]

    def __new__(cls, say: Callable[[Gettext], str]) -> "Phrase":
        made = super().__new__(cls, say(_as_it_is))
        made._say = say
        return made

    def said(self, gettext: Gettext) -> str:
        return self._say(gettext)


def _as_it_is(text: str) -> str:
    return text


def words(text: str) -> Phrase:
    """A word of the catalog, to stand in a phrase; what the catalog does not know stays as it is."""
    return Phrase(lambda gettext: gettext(text) if text else "")


def phrase(pattern: str, /, **values: object) -> Phrase:
    """`pattern` with what stands at its %(name)s; only phrases among the values are said in another language."""
    return Phrase(lambda gettext: gettext(pattern) % {name: _said(value, gettext) for name, value in values.items()})


def joined(separator: str, parts: Iterable[str]) -> Phrase:
    """What is not empty of the parts, between separators."""
    kept = [part for part in parts if part]

    def say(gettext: Gettext) -> str:
        # The catalog keeps its own head under the empty text.
        return (gettext(separator) if separator else "").join(str(_said(part, gettext)) for part in kept)

    return Phrase(say)


def cut(text: Phrase, longest: int) -> Phrase:
    """No longer than that, in whichever language."""

    def say(gettext: Gettext) -> str:
        whole = text.said(gettext)
        return whole if len(whole) <= longest else f"{whole[: longest - 1]}…"

    return Phrase(say)


def _said(value: object, gettext: Gettext) -> object:
    return value.said(gettext) if isinstance(value, Phrase) else value
