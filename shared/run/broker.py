"""What RabbitMQ is told so that each room has a user of its own, who may do that room's work and nothing else.

    configure  the room's own queues and the exchange between them
    write      the same, and the exchange it publishes into, under topics of its own: `sla.…`
    read       as configure, and the exchange of all under the topics it listens to: to bind its queue, nothing more

Nobody may write to the default exchange: through it one reaches every queue. A passive look asks for no right at all.
"""

import hashlib
import os
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from shared.bus.topology import Topology, topics_of
from shared.run.settings import BadSettings, Settings

OPERATOR = "operator"
"""Looks at the dead letters of all rooms and gives them back: `ccrm dead`."""
SCALER = "scaler"
"""Sees how much waits in a queue and has no right to anything."""

Definitions = dict[str, list[dict[str, Any]]]

_NOTHING = "^$"


def definitions(settings: Settings, topology: Topology) -> Definitions:
    """For `load_definitions` of rabbitmq.conf, or `rabbitmqctl import_definitions`. Raises BadSettings.

    The user of CCRM_RABBITMQ_URL is the administrator; no room needs him.
    """
    return merged(administered(settings), queues(settings, topology), users(settings, topology))


def vhost_of(settings: Settings) -> str:
    return unquote(urlsplit(settings.broker()).path[1:]) or "/"


def administered(settings: Settings) -> Definitions:
    own, vhost = urlsplit(settings.broker()), vhost_of(settings)
    name, password = unquote(own.username or "guest"), unquote(own.password or "guest")
    return {
        "vhosts": [{"name": vhost}],
        "users": [user(name, password, ["administrator"])],
        "permissions": [may(name, vhost, ".*", ".*", ".*")],
    }


def queues(settings: Settings, topology: Topology) -> Definitions:
    """Exchanges, queues and bindings, as the rooms would declare them."""
    vhost = vhost_of(settings)
    found: Definitions = {"exchanges": [exchange(topology.exchange, vhost)], "queues": [], "bindings": []}
    for room, topics in topology.rooms.items():
        found["exchanges"] += [exchange(topology.own(room), vhost, "direct"), exchange(topology.out(room), vhost)]
        found["bindings"].append(binding(topology.out(room), topology.exchange, topics_of(room), vhost, "exchange"))
        for name, arguments in topology.queues_of(room).items():
            about = {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": arguments}
            found["queues"].append(about)
            found["bindings"].append(binding(topology.own(room), name, name, vhost))
        found["bindings"] += [
            binding(topology.exchange, topology.queue(room), topic, vhost) for topic in sorted(topics)
        ]
    return found


def users(settings: Settings, topology: Topology) -> Definitions:
    """The rooms' users, and those of operators where they are given. Raises BadSettings."""
    vhost, events = vhost_of(settings), re.escape(topology.exchange)
    given = _passwords(settings, topology)
    found: Definitions = {
        "users": [user(name, password, []) for name, password in given.items()],
        "permissions": [],
        "topic_permissions": [],
    }
    rooms = "|".join(map(re.escape, topology.rooms))
    for name in given:
        if name == SCALER:
            rights = (_NOTHING, _NOTHING, _NOTHING)
        elif name == OPERATOR:
            family = rf"{re.escape(topology.prefix)}\.({rooms})"
            rights = (_NOTHING, rf"^{family}\.own$", rf"^{family}\.dead$")
        else:
            own = rf"{re.escape(topology.queue(name))}(\.(dead|own|retry\.[0-9]+))?"
            rights = (f"^{own}$", f"^({re.escape(topology.out(name))}|{own})$", f"^({events}|{own})$")
            heard = "|".join(map(re.escape, sorted(topology.rooms[name])))
            # By its name, not by a list: a newer version may say more than these definitions know.
            said = rf"^{re.escape(name)}\.[a-z_]+\.v[0-9]+$"
            found["topic_permissions"] += [
                _may_topic(name, vhost, topology.out(name), write=said),
                _may_topic(name, vhost, topology.exchange, read=f"^({heard})$" if heard else _NOTHING),
            ]
        found["permissions"].append(may(name, vhost, *rights))
    return found


def _passwords(settings: Settings, topology: Topology) -> Mapping[str, str]:
    known = (*topology.rooms, OPERATOR, SCALER)
    found: dict[str, str] = {}
    for each in (settings.broker_users or "").split():
        name, equals, password = each.partition("=")
        if not equals or name in found or name not in known:
            raise BadSettings(f"CCRM_BROKER_USERS must be NAME=PASSWORD, separated by spaces, of {', '.join(known)}")
        if len(password) < 8:
            raise BadSettings(f"CCRM_BROKER_USERS: the password of {name} has less than 8 characters")
        found[name] = password
    lacking = [room for room in topology.rooms if room not in found]
    if lacking:
        raise BadSettings(f"CCRM_BROKER_USERS names no password for {', '.join(lacking)}")
    return found


def merged(*parts: Mapping[str, list[dict[str, Any]]]) -> Definitions:
    """One after the other, and what two of them say once."""
    found: Definitions = {}
    for part in parts:
        for kind, listed in part.items():
            there = found.setdefault(kind, [])
            there += [each for each in listed if each not in there]
    return found


def user(name: str, password: str, tags: list[str]) -> dict[str, Any]:
    salt = os.urandom(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": tags,
        "limits": {},
    }


def may(user: str, vhost: str, configure: str, write: str, read: str) -> dict[str, Any]:
    return {"user": user, "vhost": vhost, "configure": configure, "write": write, "read": read}


def _may_topic(user: str, vhost: str, exchange: str, *, write: str = _NOTHING, read: str = _NOTHING) -> dict[str, Any]:
    return {"user": user, "vhost": vhost, "exchange": exchange, "write": write, "read": read}


def exchange(name: str, vhost: str, kind: str = "topic") -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def binding(source: str, target: str, key: str, vhost: str, kind: str = "queue") -> dict[str, Any]:
    return {
        "source": source,
        "destination": target,
        "destination_type": kind,
        "routing_key": key,
        "vhost": vhost,
        "arguments": {},
    }
