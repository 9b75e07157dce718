#!/usr/bin/env bash
# Installs a real OpenID provider for the opt-in test, outside git: `tests/oidc/setup.sh [folder]`, default target/oidc.
# Needs Node 20 and npm. Runs any number of times.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/../../target/oidc}
mkdir -p "$dir"
cp "$here/package.json" "$here/package-lock.json" "$dir/"
cd "$dir"
if [ ! -e node_modules/.netral ] || ! cmp -s package-lock.json node_modules/.netral; then
    npm ci --ignore-scripts --no-audit --no-fund
    cp package-lock.json node_modules/.netral
fi
echo "ready: NETRAL_OIDC_DIR=$(pwd)"
