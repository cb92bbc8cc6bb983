"""`ccrm replay`: one timeline in, one ledger out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.org.model import Directory
    from shared.replay.simulator import Host

# Imports stand inside the command: `ccrm --help` must not load the four rooms.


def replay_command(host: Callable[[], "Host"], demo: Callable[[], "Directory"]) -> Callable[..., None]:
    """The command over the rooms of the program that calls."""

    def replay(
        file: Annotated[Path, typer.Argument(help="场景文件 (YAML)")],
        policy: Annotated[str | None, typer.Option(help="制度编号或 TOML 文件，代替场景中的制度")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="输出完整结果")] = False,
        seed: Annotated[int, typer.Option(help="故障的随机种子")] = 0,
        shuffle: Annotated[bool, typer.Option("--shuffle", help="打乱事件次序")] = False,
        duplicate: Annotated[bool, typer.Option("--duplicate", help="重复投递事件")] = False,
        crash: Annotated[bool, typer.Option("--crash", help="随机杀死并重启服务")] = False,
        replicas: Annotated[int, typer.Option(min=1, max=16, help="每个服务的副本数")] = 1,
    ) -> None:
        """在虚拟时间中重放一条时间线，给出时限、扣罚、消息和待办。"""
        from shared.kernel.errors import InvalidDocument
        from shared.replay.expect import differences
        from shared.replay.faults import Faults
        from shared.replay.run import run_scenario, summary
        from shared.replay.scenario import read_scenario

        faults = Faults(seed, shuffle, duplicate, crash, replicas)
        try:
            scenario = read_scenario(file)
            outcome = run_scenario(host(), demo, scenario, faults, policy=policy)
        except InvalidDocument as invalid:
            for line in invalid.problems:
                typer.echo(line, err=True)
            raise typer.Exit(2) from None
        typer.echo(json.dumps(outcome, ensure_ascii=False, indent=2) if as_json else summary(outcome))
        if scenario.expect is not None:
            found = differences(scenario.expect, outcome, scenario.zone)
            for line in found:
                typer.echo(line, err=True)
            if found:
                raise typer.Exit(1)
            typer.echo("expect: holds", err=True)

    return replay
