#!/usr/bin/env bash
# Pin and hash every requirements file again. Needs `uv` on PATH, or its path in UV.
# No index address is written: the files hold names, versions and hashes only.
set -euo pipefail
cd "$(dirname "$0")"
uv=${UV:-uv}
for name in ${*:-build run lab test check docs bench}; do
    "$uv" pip compile "$name.in" --output-file "$name.txt" --quiet \
        --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-annotate --no-header \
        --no-emit-index-url --no-emit-find-links --no-config ${UPGRADE:+--upgrade}
    echo "requirements/$name.txt: $(grep -c '==' "$name.txt") packages"
done
