"""OpenTelemetry, where it is asked for: spans from the request over outbox and queue to the message sent.

Off until `start`; then every call here costs a look at one variable. The packages are an extra: `ccrm[tracing]`.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal
from uuid import UUID

from shared.obs.correlation import span_id

Kind = Literal["server", "producer", "consumer", "client", "internal"]

_tracer: Any = None
_provider: Any = None
_wanted: ContextVar[tuple[int | None, int | None]] = ContextVar("ccrm_span_ids", default=(None, None))
"""The trace id and span id that the next span shall have."""

_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


class NotInstalled(Exception):
    """Tracing was asked for and its packages are not there."""


def start(endpoint: str, service: str, *, exporter: Any = None) -> None:
    """Sends spans by OTLP over HTTP to the collector at `endpoint`; to `exporter` at once where one is given."""
    global _tracer, _provider
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator

        class Ids(IdGenerator):
            """Those that were asked for, else random ones."""

            random = RandomIdGenerator()

            def generate_span_id(self) -> int:
                return _wanted.get()[1] or self.random.generate_span_id()

            def generate_trace_id(self) -> int:
                return _wanted.get()[0] or self.random.generate_trace_id()

        _provider = TracerProvider(
            resource=Resource.create({"service.name": service}), id_generator=Ids(), shutdown_on_exit=False
        )
        if exporter is not None:
            _provider.add_span_processor(SimpleSpanProcessor(exporter))
        else:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            url = endpoint.rstrip("/")
            url = url if url.endswith("/v1/traces") else f"{url}/v1/traces"
            _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=2.0)))
    except ImportError:
        raise NotInstalled("tracing is not installed: pip install 'ccrm[tracing]'") from None
    _tracer = _provider.get_tracer("ccrm")


def stop() -> None:
    """Sends what is left, for two seconds at most, and is off."""
    global _tracer, _provider
    provider, _provider, _tracer = _provider, None, None
    if provider is not None:
        provider.force_flush(2000)
        provider.shutdown()


def incoming(header: str | None) -> tuple[UUID, UUID] | None:
    """The trace and the caller's span of a `traceparent` header, where tracing is on and the header is sound."""
    found = _PARENT.fullmatch(header or "") if _tracer is not None else None
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    return UUID(found[1]), UUID(int=int(found[2], 16))


@contextmanager
def span(
    name: str,
    kind: Kind,
    trace_id: UUID,
    *,
    parent: UUID | None = None,
    own: UUID | None = None,
    about: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """A span of this trace around what is done in it; None where tracing is off.

    `parent` and `own` are the event or message (see `span_id`) that it follows from, or stands for. Without a parent
    it hangs below the current span where that is of the same trace.
    """
    if _tracer is None:
        yield None
        return
    from opentelemetry import trace

    token = _wanted.set((trace_id.int, span_id(own) if own is not None else None))
    try:
        made = _tracer.start_span(
            name,
            context=_context(trace_id, parent),
            kind=trace.SpanKind[kind.upper()],
            attributes=dict(about or {}),
        )
    finally:
        _wanted.reset(token)
    with trace.use_span(made, end_on_exit=True):
        yield made


def mark(name: str, kind: Kind, trace_id: UUID, own: UUID, about: Mapping[str, str] | None = None) -> None:
    """A point in the trace that others will hang below, perhaps in another process and much later."""
    if _tracer is not None:
        with span(name, kind, trace_id, own=own, about=about):
            pass


def _context(trace_id: UUID, parent: UUID | None) -> Any:
    from opentelemetry import trace
    from opentelemetry.context import Context

    if parent is not None:
        flags = trace.TraceFlags(trace.TraceFlags.SAMPLED)
        there = trace.SpanContext(trace_id.int, span_id(parent), is_remote=True, trace_flags=flags)
        return trace.set_span_in_context(trace.NonRecordingSpan(there), Context())
    if trace.get_current_span().get_span_context().trace_id == trace_id.int:
        return None
    return Context()
