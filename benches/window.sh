#!/bin/sh
# Reading the window again, measured on a private Postgres. `make bench-window` calls this.
#
#   benches/window.sh                  1,000,000 activities: about twenty minutes
#   benches/window.sh --rows 20000     a minute or two
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
cargo build --locked --bin netral
cargo bench --locked --bench window --no-run
"$target/debug/netral" with-postgres -- cargo bench --locked --bench window -- "$@" --report "$target/bench/WINDOW.md"
echo "The report is in $target/bench/WINDOW.md" >&2
