"""What belongs together across rooms: one id from the request to the last message it brings forth.

The correlation id of an event is at the same time the trace id of OpenTelemetry: it is stored with every event and
message already, so a trace goes through outbox, queue and a message that waits for days without another column.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

import structlog

_current: ContextVar[UUID | None] = ContextVar("ccrm_correlation", default=None)


def current() -> UUID | None:
    """The id of what is being done for a request or a message; None elsewhere."""
    return _current.get()


@contextmanager
def correlated(correlation_id: UUID) -> Iterator[None]:
    """Everything in it belongs to this id, log lines included."""
    token = _current.set(correlation_id)
    try:
        with structlog.contextvars.bound_contextvars(correlation_id=str(correlation_id), trace_id=correlation_id.hex):
            yield
    finally:
        _current.reset(token)


def span_id(of: UUID) -> int:
    """The id of the span that stands for an event or a message: whoever has the one knows the other."""
    return of.int & (2**64 - 1) or 1


def traceparent(correlation_id: UUID, of: UUID) -> str:
    """W3C Trace Context, for who listens at the queues without being one of the rooms."""
    return f"00-{correlation_id.hex}-{span_id(of):016x}-01"
