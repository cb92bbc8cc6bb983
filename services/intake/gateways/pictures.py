"""Pictures from outside are read in a process of their own, which may be ended without harm."""

import asyncio
import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from shared.kernel.errors import Code, Refused

WORKER = Path(__file__).with_name("picture_worker.py")
AT_ONCE = 2
SECONDS = 30.0

TOO_LONG = "图片处理超时，请缩小后再传"
UNREADABLE = "图片不完整或已损坏，无法读取"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made anew as JPEG, and its thumbnail; sizes in pixels."""

    path: Path
    thumbnail: Path
    width: int
    height: int


class Pictures:
    """At most two at once: what a case is worth must not cost the others their answers."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._seconds = seconds

    async def render(self, source: Path) -> Picture:
        """Writes beside the source. Raises Refused for what is no picture, too large a one, or takes too long."""
        out, thumbnail = source.with_suffix(".jpg"), source.with_suffix(".small.jpg")
        async with self._free:
            answer = await self._answer(source, out, thumbnail)
        if "refused" in answer:
            raise Refused(Code.field_invalid, str(answer["refused"]), field="file")
        return Picture(out, thumbnail, int(answer["width"]), int(answer["height"]))

    async def _answer(self, source: Path, out: Path, thumbnail: Path) -> dict[str, Any]:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(WORKER), str(source), str(out), str(thumbnail),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"}, start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._seconds):
                said, _ = await worker.communicate()
        except TimeoutError:
            raise Refused(Code.field_invalid, TOO_LONG, field="file") from None
        finally:
            if worker.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    worker.kill()
                await worker.wait()
        try:
            answer = json.loads(said)
        except ValueError:
            # A crash of a decoder, or the limit of its memory: the picture is to blame, and this process goes on.
            log.warning("pictures.worker_died", status=worker.returncode)
            answer = {"refused": UNREADABLE}
        return dict(answer)
