"""What RabbitMQ is told so that the brokers of several regions and of their group carry facts to one another.

    region  <prefix>.events ───────── every topic the group listens to ──────────▶ <prefix>.events     group
    region  <prefix>.events ◀── <prefix>.directory ◀── the directory only ── <prefix>.directory ◀──┘   group

Each arrow between brokers is a federation link of the receiving side. The sending side keeps what is on its way in a
queue of its own, for as long as the link is down.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from shared.bus.topology import Topology
from shared.events.dispatch import DirectoryPublishedV1
from shared.run import broker
from shared.run.settings import BadSettings, Settings

Side = Literal["group", "region"]

LINK_USER = "federation"
"""The user that other brokers come as. It reads one exchange and its own queues, and publishes nothing."""

AUTHORITY = "/run/broker/ca.pem"
"""Where a broker has the authority that signed the others' certificates: see deploy/regions/rabbitmq.conf."""

_RECONNECT_SECONDS = 5
_IN_FLIGHT = 1000


def definitions(settings: Settings, side: Side, topology: Topology | None = None) -> broker.Definitions:
    """For `load_definitions` of rabbitmq.conf, or `rabbitmqctl import_definitions`. Raises BadSettings.

    With the topology, and CCRM_BROKER_USERS, each room has a user of its own: see `broker`.
    """
    vhost = broker.vhost_of(settings)
    events, directory = f"{settings.rabbitmq_prefix}.events", f"{settings.rabbitmq_prefix}.directory"
    told, heard = (directory, events) if side == "group" else (events, directory)
    source, target = (events, directory) if side == "group" else (directory, events)
    if not settings.federation_password:
        raise BadSettings(f"CCRM_FEDERATION_PASSWORD is not set: the other brokers come as {LINK_USER} with it")
    upstreams = upstreams_of(settings, side)
    reads = f"^(federation:.*|{re.escape(told)})$"
    links: broker.Definitions = {
        "users": [broker.user(LINK_USER, settings.federation_password, [])],
        "permissions": [broker.may(LINK_USER, vhost, "^federation:", "^federation:", reads)],
        "exchanges": [broker.exchange(name, vhost) for name in (events, directory)],
        "bindings": [broker.binding(source, target, DirectoryPublishedV1.topic, vhost, "exchange")],
        "parameters": [_upstream(name, url, heard, vhost) for name, url in upstreams.items()],
        "policies": [
            {
                "vhost": vhost,
                "name": f"{settings.rabbitmq_prefix}-federation",
                "pattern": f"^{re.escape(heard)}$",
                "apply-to": "exchanges",
                "priority": 10,
                "definition": {"federation-upstream-set": "all"},
            }
        ],
    }
    parts = [broker.administered(settings), links]
    if topology is not None:
        parts.append(broker.queues(settings, topology))
        if settings.broker_users:
            parts.append(broker.users(settings, topology))
    return broker.merged(*parts)


def upstreams_of(settings: Settings, side: Side) -> Mapping[str, str]:
    """`name=amqps://…` separated by spaces: of a group its regions, of a region its group. Raises BadSettings."""
    found: dict[str, str] = {}
    for each in (settings.upstreams or "").split():
        name, equals, url = each.partition("=")
        if not equals or not name or name in found or not url.startswith(("amqp://", "amqps://")):
            raise BadSettings("CCRM_UPSTREAMS must be NAME=amqps://… once a name, separated by spaces")
        found[name] = url
    if not found or (side == "region" and len(found) > 1):
        raise BadSettings(f"CCRM_UPSTREAMS must name {'the regions' if side == 'group' else 'the group, and it only'}")
    return found


def _upstream(name: str, url: str, exchange: str, vhost: str) -> dict[str, Any]:
    """One hop: what the group heard of one region never goes on to another. Nothing on its way ever expires."""
    value = {
        "uri": _verified(url),
        "exchange": exchange,
        "max-hops": 1,
        "ack-mode": "on-confirm",
        "prefetch-count": _IN_FLIGHT,
        "reconnect-delay": _RECONNECT_SECONDS,
    }
    return {"component": "federation-upstream", "name": name, "vhost": vhost, "value": value}


def _verified(url: str) -> str:
    """A broker's client believes any certificate unless it is told whose: the files are those of its own listener."""
    if urlsplit(url).path == "/":  # to us the virtual host of that name, to a broker one without a name
        url = urlunsplit(urlsplit(url)._replace(path=""))
    if not url.startswith("amqps://") or "verify" in parse_qs(urlsplit(url).query):
        return url
    options = {"cacertfile": AUTHORITY, "verify": "verify_peer", "server_name_indication": urlsplit(url).hostname or ""}
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(options, safe='/')}"
