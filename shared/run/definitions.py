"""`ccrm broker definitions` and `ccrm federation`: what RabbitMQ is told, printed for it to load."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, get_args

import typer

if TYPE_CHECKING:
    from shared.bus.topology import Topology
    from shared.run.embedded import Build
    from shared.run.settings import Settings

Builders = Callable[[], Mapping[str, "Build"]]

# Imports stand inside the commands: `ccrm --help` must not load a broker's client.


def broker_commands(builders: Builders) -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(help="RabbitMQ 的队列与各服务自己的用户", no_args_is_help=True)

    @app.callback()
    def group() -> None:
        """RabbitMQ 的队列与各服务自己的用户。"""

    @app.command("definitions")
    def definitions() -> None:
        """打印 definitions.json：交换机、队列、绑定，以及每个服务一个权限最小的用户（CCRM_BROKER_USERS）。"""
        from shared.run import broker
        from shared.run.settings import load

        settings = load(mode="deployed")
        typer.echo(json.dumps(broker.definitions(settings, _topology(settings, builders)), indent=1))

    return app


def federation_command(builders: Builders) -> Callable[[str], None]:
    def federation(side: Annotated[str, typer.Argument(help="group | region")]) -> None:
        """区域与集团的 RabbitMQ 之间如何联接，连同各自的队列与用户（definitions.json，见 deploy/regions）。"""
        from shared.run.federation import Side, definitions
        from shared.run.settings import load

        found = next((each for each in get_args(Side) if each == side), None)
        if found is None:
            typer.echo("federation group | region", err=True)
            raise typer.Exit(2)
        settings = load(mode="deployed")
        # Whoever prints these need not be told which side he is on twice.
        place = {"observe": side == "group", "region": (settings.region or "region") if side == "region" else None}
        topology = _topology(settings.model_copy(update=place), builders)
        typer.echo(json.dumps(definitions(settings, found, topology), indent=1))

    return federation


def _topology(settings: "Settings", builders: Builders) -> "Topology":
    from shared.run.deployed import topology_of

    return topology_of(settings, builders())
