#!/usr/bin/env bash
# Describes every query against a freshly migrated database (DATABASE_URL) and writes .sqlx/ anew.
# psql applies the migrations, because a binary that could do it may not build before .sqlx/ is right.
set -euo pipefail
cd "$(dirname "$0")/.."
for file in migrations/0*.sql; do
    psql -q "$DATABASE_URL" -v ON_ERROR_STOP=1 -1 -f "$file"
done
rm -rf .sqlx && mkdir .sqlx
touch src/lib.rs
SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$PWD/.sqlx" cargo check --lib
echo "$(ls .sqlx | wc -l) queries described"
