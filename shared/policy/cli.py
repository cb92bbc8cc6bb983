"""`ccrm policy`: the documents, read, checked and compared."""

import difflib
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.kernel.errors import InvalidDocument

app = typer.Typer(help="制度文件", no_args_is_help=True)

Folder = Annotated[Path | None, typer.Option("--policy-dir", envvar="CCRM_POLICY_DIR", help="自有制度文件的目录")]


@app.command("list")
def listed(folder: Folder = None) -> None:
    """列出全部制度及其版本。"""
    from shared.policy.library import library

    for policy in library(folder).all():
        counts = f"{len(policy.step)} 步骤 {len(policy.clock)} 时限 {len(policy.penalty)} 扣罚"
        print(f"{policy.id}\t{policy.version}\t{policy.document}\t{policy.name}\t{counts}")


@app.command()
def show(policy: Annotated[str, typer.Argument(help="制度编号或 TOML 文件")], folder: Folder = None) -> None:
    """逐条显示一项制度：步骤、时限、扣罚、提醒，各附条款。"""
    found = _found(policy, folder)
    print(f"{found.name}  {found.id} {found.version}（{found.document}）")
    print("步骤")
    for step in found.step:
        print(f"  {step.clause}\t{step.command}\t{step.name}\t{'、'.join(step.by)}")
    print("时限")
    for clock in found.clock:
        length = (
            clock.length.label
            if clock.type == "span"
            else f"每日 {clock.by:%H:%M}"
            if clock.type == "daily"
            else "约定时间"
        )
        print(f"  {clock.clause}\t{clock.id}\t{clock.name}\t{length}\t{'、'.join(h.post for h in clock.liable)}")
    print("扣罚与处分建议")
    for rule in [*found.penalty, *found.proposal]:
        print(f"  {rule.clause}\t{rule.rule}\t{rule.name}")
    print("提醒")
    for reminder in found.reminder:
        print(f"  {reminder.clause}\t{reminder.template}\t{'、'.join(reminder.to)}")


@app.command()
def check(file: Path) -> None:
    """检查制度文件；有问题则逐条列出文件、键与原因。"""
    from shared.policy.library import load_policy

    try:
        policy = load_policy(file)
    except InvalidDocument as invalid:
        _fail(invalid)
    print(f"{file}: {policy.id} {policy.version} 有效（{len(policy.step)} 个步骤，{len(policy.clock)} 个时限）")


@app.command()
def diff(first: str, second: str, folder: Folder = None) -> None:
    """比较两项制度（编号、编号@版本或 TOML 文件）：每行一个不同之处。"""
    from shared.policy.compare import lines_of

    before, after = (lines_of(_found(name, folder)) for name in (first, second))
    found = [line for line in difflib.unified_diff(before, after, first, second, n=0, lineterm="") if line[:2] != "@@"]
    print("\n".join(found) if found else "没有不同")


def _found(name: str, folder: Path | None) -> Any:
    from shared.policy.library import library, load_policy

    known = library(folder)
    policy_id, _, version = name.partition("@")
    try:
        if policy_id in known.ids:
            versions = known.versions(policy_id)
            return next((p for p in versions if p.version == version), None) if version else versions[-1]
        return load_policy(Path(name))
    except InvalidDocument as invalid:
        _fail(invalid)


def _fail(invalid: InvalidDocument) -> Any:
    for line in invalid.problems:
        typer.echo(line, err=True)
    raise typer.Exit(1)
