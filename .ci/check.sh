#!/usr/bin/env bash
# What needs no database: format, lints, docs, and queries that match the committed .sqlx/.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo fmt --all -- --check
cargo clippy --all-targets --locked -- -D warnings
