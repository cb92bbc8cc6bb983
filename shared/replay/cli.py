"""`ccrm replay`: one timeline in, one ledger out."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.kernel.errors import InvalidDocument
from shared.org.document import directory_from, read_directory
from shared.org.model import Directory
from shared.policy.library import built_in, load_policy
from shared.policy.model import Policy
from shared.replay.expect import differences, totals
from shared.replay.faults import Faults
from shared.replay.outcome import assemble
from shared.replay.scenario import Scenario, read_scenario
from shared.replay.simulator import Host, simulate


def replay_command(host: Callable[[], Host], demo: Callable[[], Directory]) -> Callable[..., None]:
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


def run_scenario(
    host: Host, demo: Callable[[], Directory], scenario: Scenario, faults: Faults, *, policy: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The outcome of a scenario. Raises InvalidDocument for a policy or directory that is refused."""
    bound = policy_for(scenario, policy)
    directory = directory_for(scenario, demo, bound)
    simulator, parts = asyncio.run(simulate(host, scenario, bound, directory, faults))
    return assemble(parts, simulator.refs, simulator.refused, scenario.zone)


def policy_for(scenario: Scenario, replaced: str | None) -> Policy:
    """The scenario's policy (or the one that replaces it), in force from its start at the latest."""
    name = replaced or scenario.policy
    first_day = scenario.start.astimezone(scenario.zone).date()
    library = built_in()
    if name in library.ids:
        policy = library.in_force(name, first_day) or library.versions(name)[0]
    else:
        path = Path(name)
        policy = load_policy(path if replaced or path.is_absolute() else scenario.folder / path)
    if policy.effective_from > first_day:
        policy = policy.model_copy(update={"effective_from": first_day})
    return policy


def directory_for(scenario: Scenario, demo: Callable[[], Directory], policy: Policy) -> Directory:
    """The scenario's directory; its time zone and policy hold for every project in it."""
    if scenario.org == "demo":
        directory = demo()
    elif isinstance(scenario.org, Mapping):
        directory = directory_from(scenario.org, file="org")
    else:
        path = scenario.folder / str(scenario.org)
        try:
            directory = read_directory(path.read_text(encoding="utf-8"), file=str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidDocument([f"{path}: {error}"]) from None
    projects = [p.model_copy(update={"timezone": None, "policy": policy.id}) for p in directory.projects]
    return directory.with_changes(timezone=str(scenario.zone), projects=projects)


def summary(outcome: Mapping[str, Any]) -> str:
    """The outcome for a person to read."""
    lines = ["投诉"]
    for row in outcome["complaints"]:
        lines.append(f"  {row['ref']}  {row['number']}  {row['state']}  {row['severity']}  责任人 {row['liable']}")
    lines.append("时限")
    for row in outcome["clocks"]:
        lines.append(f"  {row['complaint']}  {row['clock']}  {row['state']}  {row['explanation']}")
    lines.append("扣罚")
    for row in outcome["penalties"]:
        amount = f"{row['amount']} 元" if row["amount"] is not None else f"{row['percent']}% {row['of']}"
        lines.append(f"  {row['complaint']}  {row['person']}  {row['rule']}  {amount}  {row['explanation']}")
    lines += [f"  合计 {person} {amount} 元" for person, amount in sorted(totals(outcome).items())]
    if outcome["proposals"]:
        lines.append("处分建议")
        for row in outcome["proposals"]:
            lines.append(f"  {row['complaint']}  {row['person']}  {row['rule']}  {row['range']}")
    lines.append("消息")
    for row in outcome["messages"]:
        lines.append(f"  {row['sent_at']}  {row['to']}  {row['template']}  {' '.join(row['complaints'])}")
    if outcome["refused"]:
        lines.append("被拒绝的步骤")
        lines += [f"  {row['step']}  {row['code']}  {row['detail']}" for row in outcome["refused"]]
    return "\n".join(lines)
