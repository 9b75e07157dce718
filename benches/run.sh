#!/bin/sh
# Everything that can be measured here, interleaved, with a report in Markdown. `make bench` calls this.
#
#   benches/run.sh                        all of it: about a quarter of an hour on one core
#   benches/run.sh --smoke                a few seconds: does it still run?
#   benches/run.sh --only match --pairs 9 one part (match, crafted, reload, memory, process), more rounds
#
# Hyperscan, ripgrep and pyahocorasick are compared with where they are installed; none of them is a dependency of netral.
set -eu
cd "$(dirname "$0")/.."
out=${CARGO_TARGET_DIR:-$PWD/target}/bench
mkdir -p "$out"

flags=$(pkg-config --cflags --libs libhs 2>/dev/null || true)
if [ -n "$flags" ] && cc -O2 -Wall -o "$out/hyperscan" benches/hyperscan.c $flags; then
    NETRAL_BENCH_HYPERSCAN=$out/hyperscan
    export NETRAL_BENCH_HYPERSCAN
else
    echo "Hyperscan is left out. To compare with it: apt-get install libhyperscan-dev pkg-config gcc (x86 only)" >&2
fi
command -v rg >/dev/null || echo "ripgrep is left out. To compare with it: apt-get install ripgrep" >&2
python3 -c 'import ahocorasick' 2>/dev/null ||
    echo "pyahocorasick is left out. To compare with it: pip install pyahocorasick" >&2

cargo bench --locked --bench matcher -- "$@" --report "$out/REPORT.md"
echo "The report is in $out/REPORT.md" >&2
