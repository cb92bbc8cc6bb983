"""Brings the catalogs up to what pages say: `python -m shared.web.translate`. A tool for developers."""

import ast
import re
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
CATALOGS = ROOT / "shared" / "web" / "locales"
TEMPLATES = ("services/*/templates/**/*.html", "shared/web/templates/**/*.html")
LABELS = (
    *("services/*/pages/*.py", "services/sla/domain/periods.py", "services/intake/domain/addresses.py"),
    *("services/intake/domain/keys.py", "services/*/app.py"),
    *("services/notify/domain/message.py", "services/dispatch/usecases/story.py"),
    *("shared/policy/names.py", "shared/org/model.py"),
    *(f"shared/web/{name}.py" for name in ("audit_page", "auth", "body", "console", "crowding", "dead_page", "errors")),
    *(f"shared/web/{name}.py" for name in ("listing", "login", "outermost", "pages")),
)
"""Modules whose Chinese words reach a page through `_()` or `word` in a template."""

POLICY = frozenset({"policy_words.py"})
"""Words of which a policy's own text is composed: they stay in its language."""

_CHINESE = re.compile(r"[、，；：（\u3400-\u9fff]")
_PLACE = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")
TAIWAN = {
    "审核": "審核", "绑定": "綁定", "冲回": "沖回", "窗口": "窗口", "对象": "對象", "项目": "建案", "台账": "台帳",
    "账号": "帳號", "入账": "入帳", "结账": "結帳", "记账": "記帳", "录入": "登錄", "有此文件": "有此文件",
    "码的文件": "碼的文件", "该文件": "該文件", "文件末尾": "文件末尾", "制度文件": "制度文件", "号的文件": "號的文件",
    "文件 %(document)s": "文件 %(document)s", "未获支持": "未獲支持",
}  # fmt: skip
"""Terms of the field that OpenCC writes otherwise than people who handle complaints do."""


def places(text: str) -> list[str]:
    """The placeholders of a text, in one order whatever the language."""
    return sorted(_PLACE.findall(text))


def gather() -> Catalog:
    """Every text of a page, with the files that say it. Raises what a broken template raises."""
    found = Catalog(charset="utf-8")
    for pattern in TEMPLATES:
        for file in sorted(ROOT.glob(pattern)):
            for _, text, _, _ in extract_from_file("jinja2.ext:babel_extract", file, options={"silent": "false"}):
                found.add(text, locations=[(str(file.relative_to(ROOT)), 0)])
    for pattern in LABELS:
        for file in sorted(ROOT.glob(pattern)):
            for text in labels(file.read_text("utf-8")) if file.name not in POLICY else ():
                found.add(text, locations=[(str(file.relative_to(ROOT)), 0)])
    return found


def labels(source: str) -> Iterator[str]:
    """The Chinese strings of a module, but for documentation, refusals and parts of a longer text."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Refused", "RuntimeError", "ValueError"):
            continue
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and _CHINESE.search(text) and "\\" not in text:
            yield text
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def merged(found: Catalog, locale: str) -> Catalog:
    """A locale's catalog with exactly the texts found: translations are kept, what no page says any more is gone."""
    file = CATALOGS / f"{locale}.po"
    catalog = Catalog(locale=locale, project="CCRM", fuzzy=False)
    if file.is_file():
        with file.open("rb") as source:
            catalog = read_po(source, locale=locale)
    # A copy: what is new goes into the catalog as it is, and would be translated for the other languages as well.
    catalog.update(deepcopy(found), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def traditional(catalog: Catalog) -> None:
    """Writes what is missing in the characters and words of Taiwan; to be read over like any translation."""
    from opencc import OpenCC  # an aid of development: the product runs without it

    convert = OpenCC("s2twp").convert
    terms = re.compile(f"({'|'.join(map(re.escape, TAIWAN))})")
    for message in catalog:
        if message.id and not message.string:
            parts = terms.split(str(message.id))
            message.string = "".join(TAIWAN.get(part) or convert(part) for part in parts)


def faults(catalog: Catalog) -> list[str]:
    """The texts that are not translated, or with other placeholders than their own."""
    pairs = [(str(message.id), str(message.string)) for message in catalog if message.id]
    return [text for text, said in pairs if not said or places(text) != places(said)]


def main() -> int:
    found, wrong = gather(), False
    for locale in ("zh_TW", "en"):
        catalog = merged(found, locale)
        if locale == "zh_TW":
            traditional(catalog)
        with (CATALOGS / f"{locale}.po").open("wb") as file:
            write_po(file, catalog, width=0, include_lineno=False, ignore_obsolete=True)
        for text in faults(catalog):
            wrong = True
            sys.stdout.write(f"{locale}: not translated, or with other placeholders: {text!r}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
