"""A4 as PDF/A by typst. What people wrote reaches the template as data, never as its source."""

import asyncio
import dataclasses
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import manimgx_fonts
import manimgx_fonts_cjk
import typst

from shared.paper.codes import qr_svg
from shared.paper.model import Paper, breakable

T = TypeVar("T")

TEMPLATES = Path(__file__).parent / "templates"
ARCHIVAL = "a-2b"
SECONDS = 20.0
"""How long a paper may take: a page takes some hundredths of a second."""

_WORKERS = ThreadPoolExecutor(2, thread_name_prefix="paper")
"""Few: a paper is all computing, and requests must go on meanwhile."""


async def pdf(paper: Paper, at: datetime, *, seconds: float = SECONDS) -> bytes:
    """The paper as PDF/A-2b, dated `at`; the same paper and instant give the same bytes. Raises TimeoutError."""
    return await in_worker(lambda: typeset("paper.typ", _data(paper), at), seconds)


async def in_worker(work: Callable[[], T], seconds: float = SECONDS) -> T:
    """Does computing beside the event loop."""
    async with asyncio.timeout(seconds):
        return await asyncio.get_running_loop().run_in_executor(_WORKERS, work)


def typeset(template: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """A template of this package over data. A character that no font has costs the archival mark, not the paper."""
    source = (TEMPLATES / template).read_bytes()
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    try:
        return _compiled(source, inputs, at, ARCHIVAL)
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        return _compiled(source, inputs, at, "1.7")


def _compiled(source: bytes, inputs: dict[str, str], at: datetime, standard: Any) -> bytes:
    compiler = typst.Compiler(root=TEMPLATES, font_paths=_fonts(), ignore_system_fonts=True)
    stamp = int(at.astimezone(UTC).timestamp())
    made = compiler.compile(source, format="pdf", sys_inputs=inputs, pdf_standards=standard, timestamp=stamp)
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> typst.Fonts:
    """The fonts that come with the program: what the machine has installed changes nothing."""
    places = [str(Path(each.__file__).parent) for each in (manimgx_fonts_cjk, manimgx_fonts)]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=places)


def _data(paper: Paper) -> dict[str, Any]:
    data: dict[str, Any] = _said(dataclasses.asdict(paper))
    data["blocks"] = [
        {"kind": type(block).__name__.lower(), **shown}
        for block, shown in zip(paper.blocks, data["blocks"], strict=True)
    ]
    if paper.verification is not None:
        data["verification"]["code"] = paper.verification.code
        data["verification"]["qr"] = qr_svg(paper.verification.url)
    return data


def _said(value: Any) -> Any:
    """Every text in it as it can be printed."""
    if isinstance(value, str):
        return breakable(value)
    if isinstance(value, dict):
        return {key: _said(item) for key, item in value.items()}
    return [_said(item) for item in value] if isinstance(value, list | tuple) else value
