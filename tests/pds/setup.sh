#!/usr/bin/env bash
# Installs the real AT Protocol server for the opt-in test, outside git: `tests/pds/setup.sh [folder]`, default target/pds.
# Needs Node 20 with its headers (Debian: nodejs, libnode-dev, npm), python3, make and a C++ compiler. Runs any number of times.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/../../target/pds}
mkdir -p "$dir"
cp "$here/package.json" "$here/package-lock.json" "$dir/"
cd "$dir"
if [ ! -e node_modules/.netral ] || ! cmp -s package-lock.json node_modules/.netral; then
    # No install scripts: the one native part that is needed is built below, from source.
    npm ci --ignore-scripts --no-audit --no-fund
fi
# better-sqlite3 otherwise looks for a ready-made binary on a host that need not be reachable.
if [ ! -e node_modules/better-sqlite3/build/Release/better_sqlite3.node ]; then
    headers=$(node -p 'require("node:path").resolve(process.execPath, "../..")')
    if [ ! -e "$headers/include/node/node.h" ]; then
        echo "no Node headers in $headers/include/node: install libnode-dev" >&2
        exit 1
    fi
    gyp=$(npm root -g)/npm/node_modules/node-gyp/bin/node-gyp.js
    [ -e "$gyp" ] || gyp=$(command -v node-gyp)
    (cd node_modules/better-sqlite3 && node "$gyp" rebuild --release --nodedir="$headers")
fi
cp package-lock.json node_modules/.netral
echo "ready: NETRAL_PDS_DIR=$(pwd)"
