"""A scenario run to its outcome, and the outcome told to a person."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from shared.kernel.errors import InvalidDocument
from shared.org.document import directory_from, read_directory
from shared.org.model import Directory
from shared.policy.library import built_in, load_policy
from shared.policy.model import Policy
from shared.replay.expect import totals
from shared.replay.faults import Faults
from shared.replay.outcome import assemble
from shared.replay.scenario import Scenario
from shared.replay.simulator import Host, simulate


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
