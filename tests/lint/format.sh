#!/bin/sh
# format.sh - every C file is as clang-format writes it (./dev fmt does).
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
command -v clang-format >/dev/null || { echo "SKIPPED: there is no clang-format"; exit 77; }
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || { echo "SKIPPED: not a git work tree"; exit 77; }
# A file that git still knows may be gone from the work tree.
git ls-files '*.c' '*.h' | while read -r file; do
    [ ! -f "$file" ] || printf '%s\n' "$file"
done | xargs clang-format --dry-run -Werror
