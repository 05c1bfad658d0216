#!/bin/sh
# Makes the virtual environment named by the first argument: uv (from the package registry where none is
# installed), then the locked packages with their hashes, then the three distributions, editable.
set -eu

venv=$1
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Counterfoil needs Python 3.11 or newer; '$python' is not. Set PYTHON to one: make PYTHON=python3.11 …" >&2
    exit 1
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"

# uv's own line of the lock, so that the installer is as pinned as what it installs.
if ! [ -x "$venv/bin/uv" ]; then
    awk '/^uv==/ { on = 1 } on { print } on && !/\\$/ { exit }' requirements.lock > "$venv/uv.lock"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$venv/uv.lock"
fi

VIRTUAL_ENV=$(cd "$venv" && pwd)
export VIRTUAL_ENV
"$venv/bin/uv" pip sync --quiet --require-hashes requirements.lock
"$venv/bin/uv" pip install --quiet --no-deps --no-build-isolation -e service -e sandbox -e client
