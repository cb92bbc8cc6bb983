"""What the brokers are told: as little as each link needs, and nothing that may be read from a file later."""

import re
from typing import Any

import pytest

from shared.run.federation import LINK_USER, definitions
from shared.run.settings import BadSettings, Settings


def settings(**given: Any) -> Settings:
    values: dict[str, Any] = {
        "mode": "deployed",
        "rabbitmq_url": "amqp://ccrm:own-secret@mq/",
        "upstreams": "south=amqps://federation:there@mq.south/ north=amqps://federation:there@mq.north/",
        "federation_password": "comes-in-with",
    }
    return Settings(**values | given)


def test_the_group_listens_to_its_regions_over_one_hop_and_for_good() -> None:
    told = definitions(settings(), "group")
    assert [each["name"] for each in told["parameters"]] == ["south", "north"]
    for each in told["parameters"]:
        value = each["value"]
        assert (value["exchange"], value["max-hops"], value["ack-mode"]) == ("ccrm.events", 1, "on-confirm")
        assert {"expires", "message-ttl"}.isdisjoint(value), "what waits for a link never runs out"
    assert [re.fullmatch(each["pattern"], "ccrm.events") is not None for each in told["policies"]] == [True]


def test_a_region_hears_of_its_group_the_directory_only() -> None:
    told = definitions(settings(upstreams="group=amqps://federation:there@mq.group/"), "region")
    assert [each["value"]["exchange"] for each in told["parameters"]] == ["ccrm.directory"]
    assert [each["routing_key"] for each in told["bindings"]] == ["dispatch.directory_published.v1"]


@pytest.mark.parametrize(("side", "may", "not_"), [("group", "ccrm.directory", "ccrm.events"),
                                                   ("region", "ccrm.events", "ccrm.directory")])  # fmt: skip
def test_who_comes_over_a_link_reads_one_exchange_and_writes_none(side: Any, may: str, not_: str) -> None:
    told = definitions(settings(upstreams="other=amqps://federation:there@mq/"), side)
    (link,) = (each for each in told["permissions"] if each["user"] == LINK_USER)
    assert re.search(link["read"], may)
    assert not re.search(link["read"], not_)
    for name in ("ccrm.events", "ccrm.directory", "ccrm.sla", "ccrm.sla.dead"):
        assert not re.search(link["write"], name)
        assert not re.search(link["configure"], name)


def test_passwords_of_this_broker_stand_there_as_hashes() -> None:
    text = str(definitions(settings(), "group"))
    assert "own-secret" not in text
    assert "comes-in-with" not in text


@pytest.mark.parametrize(
    ("side", "given"),
    [
        ("group", {"upstreams": None}),
        ("group", {"upstreams": "south"}),
        ("group", {"upstreams": "south=http://x"}),
        ("group", {"upstreams": "a=amqp://x a=amqp://y"}),
        ("group", {"federation_password": None}),
        ("region", {}),
    ],
)
def test_half_of_what_is_needed_is_refused(side: Any, given: dict[str, Any]) -> None:
    with pytest.raises(BadSettings, match="CCRM_"):
        definitions(settings(**given), side)


def test_over_tls_another_broker_must_prove_its_name() -> None:
    told = definitions(settings(upstreams="south=amqps://federation:there@mq.south:5671/"), "group")
    (link,) = told["parameters"]
    assert link["value"]["uri"] == (
        "amqps://federation:there@mq.south:5671"
        "?cacertfile=/run/broker/ca.pem&verify=verify_peer&server_name_indication=mq.south"
    )
    own = "amqps://federation:there@mq.south/south?verify=verify_peer&cacertfile=/etc/other.pem"
    (link,) = definitions(settings(upstreams=f"south={own}"), "group")["parameters"]
    assert link["value"]["uri"] == own
