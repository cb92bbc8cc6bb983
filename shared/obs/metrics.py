"""What a process counts, for Prometheus: numbers by room, topic, route and template; nobody's name, no case's id."""

import math
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LAG = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0)
_ROWS = (1, 5, 10, 50, 100, 250, 500)


def _histogram(name: str, text: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
    return Histogram(name, text, labels, buckets=buckets, registry=REGISTRY)


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(name, text, labels, registry=REGISTRY)


def _gauge(name: str, text: str, *labels: str) -> Gauge:
    return Gauge(name, text, labels, registry=REGISTRY)


_http = _histogram("ccrm_http_request_seconds", "Answers by route template.", ("method", "route", "status"), _FAST)
_capture = _histogram("ccrm_capture_seconds", "Registering a complaint, as the client sees it.", ("outcome",), _FAST)
_lag = _histogram("ccrm_event_lag_seconds", "From a fact's record to its effect in a room.", ("room", "topic"), _LAG)
_relay = _histogram("ccrm_relay_batch_rows", "Outbox rows claimed in one batch.", ("room",), _ROWS)
_tick = _histogram("ccrm_tick_seconds", "One round of what is due.", ("room",), _FAST)

_taken = _counter("ccrm_events_consumed", "Events taken by a room; duplicates changed nothing.", "room", "topic", "new")
_unconfirmed = _counter("ccrm_relay_unconfirmed", "Outbox rows the broker did not confirm; tried again.", "room")
_retries = _counter("ccrm_event_retries", "Events that could not be taken and wait to be tried again.", "room", "topic")
_dead = _counter("ccrm_events_dead_lettered", "Events given up; see ccrm dead list.", "room", "topic")
_failures = _counter("ccrm_loop_failures", "Rounds of background work that failed and are repeated.", "loop")
_recorded = _counter(
    "ccrm_events_recorded",
    "Facts committed; sla.reminder_due.v1 are reminders and digests that fell due, notify.message_sent.v1 those sent.",
    "room",
    "topic",
    "template",
)
_entries = _counter("ccrm_journal_entries", "Entries of the penalty journal.", "kind")
_yuan = _counter("ccrm_journal_yuan", "Yuan in them, without their sign.", "kind")

_resting = _gauge("ccrm_consumer_resting", "1 while a room consumes nothing because its database is away.", "room")
_unsent = _gauge("ccrm_outbox_unsent", "Events not yet confirmed by the bus (counted to 10000).", "room")
_oldest = _gauge("ccrm_outbox_oldest_seconds", "Age of the oldest of them.", "room")
_late = _gauge("ccrm_tick_lateness_seconds", "How long ago the oldest thing that is due fell due.", "room")
_stored = _gauge("ccrm_stored_dead_letters", "Dead letters in a room's own table (embedded bus).", "room")
_queue = _gauge("ccrm_queue_messages", "Messages in a room's queues: waiting, retry, dead.", "room", "state")

UNKNOWN = math.nan


def exposition() -> bytes:
    return generate_latest(REGISTRY)


def answered(method: str, route: str, status: int, seconds: float) -> None:
    _http.labels(method, route, str(status)).observe(seconds)


def captured(status: int, seconds: float) -> None:
    outcome = "accepted" if status < 300 else "refused" if status < 500 else "failed"
    _capture.labels(outcome).observe(seconds)


def consumed(room: str, topic: str, *, new: bool, lag: float) -> None:
    """`lag` in seconds."""
    _taken.labels(room, topic, "yes" if new else "no").inc()
    if new:
        _lag.labels(room, topic).observe(max(lag, 0.0))


def relayed(room: str, claimed: int, confirmed: int) -> None:
    _relay.labels(room).observe(claimed)
    if confirmed < claimed:
        _unconfirmed.labels(room).inc(claimed - confirmed)


def retried(room: str, topic: str) -> None:
    _retries.labels(room, topic).inc()


def dead_lettered(room: str, topic: str) -> None:
    _dead.labels(room, topic).inc()


def resting(room: str, rests: bool) -> None:
    _resting.labels(room).set(rests)


def ticked(room: str, seconds: float) -> None:
    _tick.labels(room).observe(seconds)


def loop_failed(loop: str) -> None:
    _failures.labels(loop).inc()


def recorded(room: str, topic: str, template: str) -> None:
    """`template` where the fact is about a message, else empty."""
    _recorded.labels(room, topic, template).inc()


def posted(kind: str, fen: int | None) -> None:
    _entries.labels(kind).inc()
    _yuan.labels(kind).inc(abs(fen or 0) / 100)


def outbox(room: str, unsent: float, oldest_seconds: float) -> None:
    _unsent.labels(room).set(unsent)
    _oldest.labels(room).set(oldest_seconds)


def stored_dead_letters(room: str, count: float) -> None:
    _stored.labels(room).set(count)


def lateness(room: str, seconds: float) -> None:
    _late.labels(room).set(seconds)


def queue(room: str, counts: Mapping[str, float]) -> None:
    for state in ("waiting", "retry", "dead"):
        _queue.labels(room, state).set(counts.get(state, UNKNOWN))
