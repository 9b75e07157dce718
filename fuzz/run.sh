#!/bin/sh
# Every fuzz target for SECONDS (60). Needs `cargo install cargo-fuzz`; the stable toolchain will do.
#
#   fuzz/run.sh [SECONDS] [TARGET..]
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- fold keyword_file jsonl
cargo fuzz --version >/dev/null 2>&1 || {
    echo "cargo-fuzz is missing: cargo install cargo-fuzz" >&2
    exit 3
}
for target in "$@"; do
    mkdir -p "fuzz/corpus/$target"
    cp -n fuzz/seeds/"$target"/* "fuzz/corpus/$target/"
    options="-max_total_time=$seconds -timeout=10 -rss_limit_mb=2048 -print_final_stats=1"
    case $target in
    keyword_file)
        cp -n keywords/*.toml "fuzz/corpus/$target/"
        options="$options -dict=fuzz/toml.dict -max_len=4096"
        ;;
    jsonl) options="$options -dict=fuzz/jsonl.dict -max_len=2048" ;;
    fold) options="$options -max_len=1024" ;;
    esac
    # Without a sanitizer: netral has no unsafe code, so panics and broken promises are what there is to find.
    cargo fuzz run -s none "$target" -- $options
done
