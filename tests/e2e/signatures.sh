#!/bin/sh
# signatures.sh - another implementation of SigV4 accepts every request of ours, and none that was changed.
#
# The sandbox runs behind verifying-proxy.py, which recomputes each signature with botocore.
# FLIGHTDECK names the program. Exits 77 (skipped) where python3 has no botocore.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
program=${FLIGHTDECK:-$root/build/flightdeck}
config=${FLIGHTDECK_CONFIG:-$root/examples/finally/flightdeck.yaml}

python3 -c 'import botocore' 2>/dev/null || { echo "python3 has no botocore: skipped"; exit 77; }
[ -x "$program" ] || { echo "there is no $program"; exit 1; }

work=$(mktemp -d)
started=""
finish() {
    for pid in $started; do kill "$pid" 2>/dev/null || true; done
    for pid in $started; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
    echo "FAILED: $1"
    for file in "$work"/*; do [ -f "$file" ] && { echo "--- $file"; tail -20 "$file"; }; done
    exit 1
}

# Waits until a line that matches is in a file; the process must stay alive meanwhile.
wait_for_line() { # FILE PATTERN PID
    tries=0
    until grep -q "$2" "$1" 2>/dev/null; do
        kill -0 "$3" 2>/dev/null || fail "it ended before it said \"$2\""
        tries=$((tries + 1))
        [ "$tries" -le 300 ] || fail "no line \"$2\" within 30 s"
        timeout 0.1 tail -f /dev/null || true
    done
}

field() { # NAME: a count of the report
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/report" "$1"
}

start_proxy() { # further arguments
    rm -f "$work/proxy" "$work/report"
    python3 "$here/verifying-proxy.py" --upstream "$sandbox" --listen 0 --report "$work/report" "$@" \
        >"$work/proxy" 2>&1 &
    proxy_pid=$!
    started="$started $proxy_pid"
    wait_for_line "$work/proxy" '^listening on ' "$proxy_pid"
    AWS_ENDPOINT_URL=$(sed -n 's/^listening on //p' "$work/proxy")
    export AWS_ENDPOINT_URL
}

# Nothing of the caller's own account may be used, whatever happens.
for variable in $(env | sed -n 's/^\(AWS_[A-Z_0-9]*\)=.*/\1/p'); do unset "$variable"; done
HOME=$work
XDG_STATE_HOME=$work/state
FLIGHTDECK_STATE_DIR=$work/state
export HOME XDG_STATE_HOME FLIGHTDECK_STATE_DIR

"$program" sandbox --listen 127.0.0.1:0 >"$work/exports" 2>"$work/sandbox" &
sandbox_pid=$!
started="$started $sandbox_pid"
wait_for_line "$work/exports" '^export AWS_ENDPOINT_URL=' "$sandbox_pid"
wait_for_line "$work/exports" '^export AWS_SECRET_ACCESS_KEY=' "$sandbox_pid"
grep '^export ' "$work/exports" >"$work/environment"
. "$work/environment"
sandbox=$AWS_ENDPOINT_URL

start_proxy
"$program" --config "$config" status --json >"$work/status" 2>"$work/status-errors" ||
    fail "status through the proxy"
accepted=$(field accepted)
[ "$accepted" -ge 5 ] || fail "only $accepted requests came through the proxy"
[ "$(field rejected)" -eq 0 ] || fail "botocore computes other signatures than ours"

start_proxy --tamper 1
AWS_MAX_ATTEMPTS=1 "$program" --config "$config" status --json >"$work/tampered" 2>&1 || true
[ "$(field rejected)" -eq 1 ] || fail "a request that was changed on its way was accepted"

# The sandbox verifies too: a wrong secret must not get in.
AWS_ENDPOINT_URL=$sandbox AWS_SECRET_ACCESS_KEY=wrong-secret-key-of-nobody \
    "$program" --config "$config" status --json >"$work/wrong" 2>&1 || true
grep -q 'SignatureDoesNotMatch\|InvalidSignatureException' "$work/wrong" ||
    fail "the sandbox accepted a wrong secret"

echo "$accepted requests were verified by botocore, none differed; a changed one was rejected"
