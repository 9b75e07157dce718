#!/bin/sh
# The review workbench under load, measured on a private Postgres. `make bench-review` calls this.
#
#   benches/review.sh                                                     1,000,000 hits: half an hour
#   benches/review.sh --accounts 1000 --activities 100000 --hits 20000 --rounds 3 --seconds 1    two minutes
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
cargo build --locked --bin netral
cargo bench --locked --bench review --no-run
"$target/debug/netral" with-postgres -- cargo bench --locked --bench review -- "$@" --report "$target/bench/review.md"
echo "The report is in $target/bench/review.md" >&2
