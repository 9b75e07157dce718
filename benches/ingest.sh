#!/bin/sh
# Ingest and collection, measured on a private Postgres. `make bench-ingest` and `make bench-collect` call this.
#
#   benches/ingest.sh ingest                     rows a second beside COPY, bytes a row, latency: ten minutes
#   benches/ingest.sh collect                    100,000 accounts over six services: half an hour
#   benches/ingest.sh collect --accounts 2000    smaller
set -eu
cd "$(dirname "$0")/.."
what=$1
shift
target=${CARGO_TARGET_DIR:-$PWD/target}
cargo build --locked --bin netral
cargo bench --locked --bench "$what" --no-run
"$target/debug/netral" with-postgres -- cargo bench --locked --bench "$what" -- "$@" --report "$target/bench/$what.md"
echo "The report is in $target/bench/$what.md" >&2
