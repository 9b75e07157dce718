#!/usr/bin/env bash
# Installs Schemathesis for the opt-in test, outside git: `tests/schemathesis/setup.sh [folder]`, default target/schemathesis.
# Needs Python 3.10 or newer with venv. Runs any number of times.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/../../target/schemathesis}
mkdir -p "$dir"
cd "$dir"
if [ ! -e .netral ] || ! cmp -s "$here/requirements.txt" .netral; then
    python3 -m venv .
    bin/pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" .netral
fi
echo "ready: NETRAL_SCHEMATHESIS_DIR=$(pwd)"
