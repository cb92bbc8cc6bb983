"""Which template of a provider says what a message of ours says, and with which short variables. Pure."""

import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST = 35
"""Characters of one variable, where the mapping does not say less: what Aliyun takes."""

NOTHING = "无"
"""A variable may not be empty."""

PLACEHOLDERS = frozenset(
    {"number", "numbers", "count", "order", "name", "day", "next", "expected", "contact", "link", "key", "for"}
)

_FORBIDDEN = str.maketrans("", "", "【】\r\n\t")


class BadMapping(ValueError):
    """The mapping file cannot be used; the text is one sentence that says where."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The approved template of one message, filled in. `variables` stand in the template's order."""

    code: str
    sign: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapped:
    """One entry of the mapping: the template's code, its signature, and how each variable is made."""

    code: str
    sign: str
    variables: Mapping[str, str]
    longest: int = LONGEST

    def fill(self, numbers: Sequence[str], words: Mapping[str, str]) -> Wording:
        return Wording(
            self.code,
            self.sign,
            {name: filled(made_of, numbers, words, self.longest) for name, made_of in self.variables.items()},
        )


@dataclass(frozen=True, slots=True)
class TemplateMap:
    """All entries; `report.*` stands for every template that begins with `report.`."""

    entries: Mapping[str, Mapped]

    def find(self, template: str) -> Mapped | None:
        found = self.entries.get(template)
        head, dot, _ = template.partition(".")
        return found if found is not None or not dot else self.entries.get(f"{head}.*")


def filled(made_of: str, numbers: Sequence[str], words: Mapping[str, str], longest: int) -> str:
    """The variable's value, 1 to `longest` characters: a list of numbers ends in 等N件 where it does not fit whole."""
    known = dict.fromkeys(PLACEHOLDERS, "") | dict(words)
    known |= {"number": numbers[0] if numbers else "", "count": str(len(numbers))}
    # A link's address stands in the approved template itself; what differs is its last part.
    known["key"] = known["link"].rpartition("/")[2]

    def said(shown: int) -> str:
        listed = "、".join(numbers[:shown])
        if shown < len(numbers):
            listed += f"等{len(numbers)}件" if shown else f"{len(numbers)}件"
        return made_of.format_map(known | {"numbers": listed}).translate(_FORBIDDEN).strip()

    if "{numbers}" not in made_of:
        return _cut(said(0), longest)
    return next(
        (text for shown in range(len(numbers), -1, -1) if len(text := said(shown)) <= longest and text), ""
    ) or (_cut(said(0), longest))


def _cut(text: str, longest: int) -> str:
    if not text:
        return NOTHING
    return text if len(text) <= longest else text[: longest - 1] + "…"


def read_mapping(text: str, *, file: str = "templates") -> TemplateMap:
    """From TOML: `[templates."order.issued"]` with code, sign and `variables`. Raises BadMapping."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"{file}: {error}") from None
    entries = document.get("templates", {})
    for key in document.keys() - {"templates", "sign", "longest"}:
        raise BadMapping(f"{file}: unknown key {key}")
    if not isinstance(entries, dict) or not entries:
        raise BadMapping(f'{file}: there is no [templates."NAME"]')
    return TemplateMap({name: _entry(f"{file}: templates.{name}", entry, document) for name, entry in entries.items()})


def _entry(place: str, entry: Any, document: Mapping[str, Any]) -> Mapped:
    if not isinstance(entry, dict):
        raise BadMapping(f"{place} is a table of code, sign and variables")
    for key in entry.keys() - {"code", "sign", "variables", "longest"}:
        raise BadMapping(f"{place}: unknown key {key}")
    code, sign = str(entry.get("code", "")).strip(), str(entry.get("sign", document.get("sign", ""))).strip()
    if not code or not sign:
        raise BadMapping(f"{place}: {'sign' if code else 'code'} is missing")
    if "【" in sign or "】" in sign:
        raise BadMapping(f"{place}: sign is written without 【】")
    longest = entry.get("longest", document.get("longest", LONGEST))
    if not isinstance(longest, int) or not 1 <= longest <= 500:
        raise BadMapping(f"{place}: longest is a number from 1 to 500")
    variables = entry.get("variables", {})
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise BadMapping(f"{place}: variables is a table of texts")
    for name, made_of in variables.items():
        _check(f"{place}: variable {name}", made_of)
    return Mapped(code, sign, variables, longest)


def _check(place: str, made_of: str) -> None:
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(made_of) if name is not None]
    except ValueError as error:
        raise BadMapping(f"{place}: {error}") from None
    for name in fields:
        if name not in PLACEHOLDERS:
            raise BadMapping(f"{place}: {{{name}}} is none of {', '.join(sorted(PLACEHOLDERS))}")
