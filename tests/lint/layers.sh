#!/bin/sh
# layers.sh - each folder includes only what the layer table allows (CONTRIBUTING.md says it in words).
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"

# FOLDER: what it may include of ours, as a pattern on the path between the quotes.
ours='
core core/|version\.h
net core/|net/
aws core/|net/|aws/
integrations core/|net/|integrations/
db core/|db/
sandbox core/|sandbox/|aws/sigv4\.h
tui core/|tui/
cli core/|net/|aws/|integrations/|db/|sandbox/|tui/|cli/|version\.h
'
# HEADER of a library: where it may be included.
theirs='
curl/ net/
expat\.h aws/
libpq-fe\.h db/|sandbox/
pg_query\.h db/
microhttpd\.h sandbox/
openssl/ core/hash\.c
sqlite3\.h core/
yaml\.h core/
md4c core/
(ncurses|ncursesw/|curses)[a-z/]*\.h tui/
'
failed=$(mktemp)
trap 'rm -f "$failed"' EXIT

# Prints path:line:"header" for each include of the files below the folders.
includes() { # FOLDER...
    find "$@" -name '*.[ch]' -exec \
        sed -n -E 's|^[ \t]*#[ \t]*include[ \t]*([<"][^>"]*[>"]).*|\1|; t found; d; :found; F; p' {} + |
        paste -d' ' - -
}

printf '%s\n' "$ours" | while read -r folder allowed; do
    [ -n "$folder" ] && [ -d "$folder" ] || continue
    includes "$folder" | grep '"' | grep -v -E "\"($allowed)" |
        sed "s|\$| may not be included in $folder/|" >>"$failed" || true
done

# aws/sigv4.c is pure, so that the sandbox may use it.
includes aws/sigv4.c | grep '"' | grep -v -E '"(core/|aws/sigv4\.h)' |
    sed 's|$| may not be included: sigv4 is pure|' >>"$failed" || true

folders=$(for folder in core net aws integrations db sandbox tui cli; do
    [ ! -d "$folder" ] || echo "$folder"
done)
printf '%s\n' "$theirs" | while read -r header allowed; do
    [ -n "$header" ] || continue
    # shellcheck disable=SC2086
    includes $folders main.c | grep -E "<$header" | grep -v -E "^($allowed)" |
        sed "s~\$~ belongs to $allowed~" >>"$failed" || true
done

cat "$failed"
[ ! -s "$failed" ]
