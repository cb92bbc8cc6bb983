"""What RabbitMQ is told so that the brokers of several regions and of their group carry facts to one another.

    region  <prefix>.events ───────── every topic the group listens to ──────────▶ <prefix>.events     group
    region  <prefix>.events ◀── <prefix>.directory ◀── the directory only ── <prefix>.directory ◀──┘   group

Each arrow between brokers is a federation link of the receiving side. The sending side keeps what is on its way in a
queue of its own, for as long as the link is down.
"""

import hashlib
import os
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from shared.events.dispatch import DirectoryPublishedV1
from shared.run.settings import BadSettings, Settings

Side = Literal["group", "region"]

LINK_USER = "federation"
"""The user that other brokers come as. It reads one exchange and its own queues, and publishes nothing."""

_RECONNECT_SECONDS = 5
_IN_FLIGHT = 1000


def definitions(settings: Settings, side: Side) -> dict[str, Any]:
    """For `load_definitions` of rabbitmq.conf, or `rabbitmqctl import_definitions`. Raises BadSettings."""
    own = urlsplit(settings.broker())
    vhost = unquote(own.path[1:]) or "/"
    events, directory = f"{settings.rabbitmq_prefix}.events", f"{settings.rabbitmq_prefix}.directory"
    told, heard = (directory, events) if side == "group" else (events, directory)
    source, target = (events, directory) if side == "group" else (directory, events)
    if not settings.federation_password:
        raise BadSettings(f"CCRM_FEDERATION_PASSWORD is not set: the other brokers come as {LINK_USER} with it")
    upstreams = upstreams_of(settings, side)
    return {
        "vhosts": [{"name": vhost}],
        "users": [
            _user(unquote(own.username or "guest"), unquote(own.password or "guest"), ["administrator"]),
            _user(LINK_USER, settings.federation_password, []),
        ],
        "permissions": [
            _may(unquote(own.username or "guest"), vhost, ".*", ".*", ".*"),
            _may(LINK_USER, vhost, "^federation:", "^federation:", f"^(federation:.*|{_literally(told)})$"),
        ],
        "exchanges": [_exchange(name, vhost) for name in (events, directory)],
        "bindings": [
            {
                "source": source,
                "destination": target,
                "destination_type": "exchange",
                "routing_key": DirectoryPublishedV1.topic,
                "vhost": vhost,
                "arguments": {},
            }
        ],
        "parameters": [_upstream(name, url, heard, vhost) for name, url in upstreams.items()],
        "policies": [
            {
                "vhost": vhost,
                "name": f"{settings.rabbitmq_prefix}-federation",
                "pattern": f"^{_literally(heard)}$",
                "apply-to": "exchanges",
                "priority": 10,
                "definition": {"federation-upstream-set": "all"},
            }
        ],
    }


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
        "uri": url,
        "exchange": exchange,
        "max-hops": 1,
        "ack-mode": "on-confirm",
        "prefetch-count": _IN_FLIGHT,
        "reconnect-delay": _RECONNECT_SECONDS,
    }
    return {"component": "federation-upstream", "name": name, "vhost": vhost, "value": value}


def _user(name: str, password: str, tags: list[str]) -> dict[str, Any]:
    salt = os.urandom(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": tags,
        "limits": {},
    }


def _may(user: str, vhost: str, configure: str, write: str, read: str) -> dict[str, Any]:
    return {"user": user, "vhost": vhost, "configure": configure, "write": write, "read": read}


def _exchange(name: str, vhost: str) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "type": "topic",
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _literally(name: str) -> str:
    return name.replace(".", "\\.")
