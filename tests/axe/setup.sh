#!/usr/bin/env bash
# Installs axe-core, which the browser tests run on every page, outside git: `tests/axe/setup.sh [folder]`, default target/axe.
# Needs npm. Runs any number of times.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/../../target/axe}
mkdir -p "$dir"
cp "$here/package.json" "$here/package-lock.json" "$dir/"
cd "$dir"
if [ ! -e node_modules/.netral ] || ! cmp -s package-lock.json node_modules/.netral; then
    npm ci --ignore-scripts --no-audit --no-fund
    cp package-lock.json node_modules/.netral
fi
echo "ready: NETRAL_AXE_DIR=$(pwd)"
