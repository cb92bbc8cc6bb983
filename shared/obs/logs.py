"""structlog as JSON lines on standard error; the standard library's logging goes the same way."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from shared.kernel.clock import Clock, SystemClock
from shared.obs.redaction import redacted

# What these say at every request or poll is said once, and better, by our own events.
_QUIET = ("uvicorn.access", "httpx", "httpcore", "aio_pika", "aiormq", "asyncio", "alembic", "faststream")


def configure(level: str = "INFO", *, room: str | None = None, clock: Clock | None = None) -> None:
    """Once a process, before anything is logged. `room` goes into every line."""
    clock = clock or SystemClock()

    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["at"] = clock.now().isoformat()
        if room is not None:
            event.setdefault("room", room)
        return event

    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=steps,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redact,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Last, so that exceptions and what other libraries say pass through it too."""
    cleaned: EventDict = redacted(dict(event))
    return cleaned
