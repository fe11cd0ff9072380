#!/bin/sh
# names.sh - an exported symbol starts with the stem of its file; a descriptor is PORT_STEM.
#
# Reads the static libraries of the build with nm: lambda_publish_version is in aws/lambda.c, and
# core/steps/wait.c exports step_wait. A file that was split from another (grammar_time.c beside
# grammar.h) may keep the first one's prefix.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
: "${BUILD_DIR:?is the folder of a build}"
command -v nm >/dev/null || { echo "SKIPPED: there is no nm"; exit 77; }

set -- "$BUILD_DIR"/libfd_*.a
[ -f "$1" ] || { echo "no library in $BUILD_DIR"; exit 1; }

# nm -A prints library.a:member.c.o:ADDRESS TYPE SYMBOL; only functions and variables of ours count.
headers=$(find core net aws integrations db sandbox tui cli -name '*.h' 2>/dev/null |
    sed 's|.*/||; s|\.h$||' | tr '\n' ' ')
nm -A --defined-only --extern-only "$@" | awk -v headers="$headers" '
    BEGIN {
        split(headers, list, " ")
        for (i in list) header[list[i]] = 1
        # xmalloc and its family are known by these names everywhere.
        other["mem"] = "x"
        # client_open would not say whose in the file of every service.
        other["client"] = "aws_"
        split("step probe resource notifier secret_source tunnel journal_store subcommand service pane dialog lane", list, " ")
        for (i in list) ports[list[i]] = 1
    }
    function starts(symbol, prefix) { return index(symbol, prefix) == 1 }
    # grammar_time exports grammar_window, when there is a grammar.h.
    function is_split(symbol, stem) {
        while (sub(/_[^_]*$/, "", stem))
            if (stem in header && starts(symbol, stem "_")) return 1
        return 0
    }
    NF < 3 { next }
    {
        split($1, place, ":")
        stem = place[2]
        sub(/\.c\.o$/, "", stem)
        symbol = $NF
        type = $(NF - 1)
        # What the sanitizers and gcov add is not ours.
        if (symbol ~ /^(__|_GLOBAL|gcov)/) next
        checked++
        if (symbol == stem || starts(symbol, stem "_") || is_split(symbol, stem)) next
        if (stem in other && starts(symbol, other[stem])) next
        if (type ~ /[DRBdrb]/) {
            port = symbol
            if (length(symbol) > length(stem) + 1 &&
                substr(symbol, length(symbol) - length(stem)) == "_" stem) {
                port = substr(symbol, 1, length(symbol) - length(stem) - 1)
                if (port in ports) next
            }
            # desk_watch exports lane_watch, when there is a desk.h.
            part = stem
            head = stem
            sub(/_.*/, "", head)
            sub(/^[^_]*_/, "", part)
            port = substr(symbol, 1, length(symbol) - length(part) - 1)
            if (head in header && port in ports && symbol == port "_" part) next
        }
        library = place[1]
        sub(/.*\//, "", library)
        printf "%s: %s.c exports %s, which does not start with %s_\n", library, stem, symbol, stem
        failed = 1
    }
    END {
        if (checked < 10) { print "nm showed next to nothing"; failed = 1 }
        exit failed
    }'
