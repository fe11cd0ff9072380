#!/bin/sh
# cli-usage.sh - what every verb has in common: help, suggestions, exit codes, JSON errors, safe output, closed pipes.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
program=${FLIGHTDECK:-$root/build/flightdeck}
[ -x "$program" ] || { echo "there is no $program"; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work"
for variable in $(env | sed -n 's/^\(AWS_[A-Z_0-9]*\|FLIGHTDECK_[A-Z_]*\)=.*/\1/p'); do unset "$variable"; done
HOME=$work
XDG_STATE_HOME=$work/state
export HOME XDG_STATE_HOME

fail() {
    echo "FAILED: $1"
    for file in out err; do echo "--- $file"; head -20 "$work/$file"; done
    exit 1
}

# expect CODE WORDS...: runs the program, keeps out and err, and compares the exit code.
expect() {
    wanted=$1
    shift
    code=0
    "$program" "$@" >out 2>err </dev/null || code=$?
    [ "$code" -eq "$wanted" ] || fail "flightdeck $*: exit $code, not $wanted"
}
out_has() { grep -q -- "$1" out || fail "stdout has no \"$1\""; }
err_has() { grep -q -- "$1" err || fail "stderr has no \"$1\""; }
is_json() { python3 -c 'import json, sys; json.load(open("out"))' || fail "stdout is not one JSON document"; }

# Help, from nothing to one verb.
expect 0
out_has "flightdeck demo"
expect 0 help
expect 0 help run
out_has "Exit codes"
expect 0 run --help
out_has "Examples"
expect 0 --version
expect 0 version --json
is_json
expect 0 help --json
is_json
for verb in $("$program" help --json | python3 -c 'import json, sys; print(*[v["verb"] for v in json.load(sys.stdin)["verbs"]])'); do
    expect 0 help "$verb"
    expect 0 "$verb" --help
done

# Mistakes are exit 2, with a suggestion.
expect 2 relaese
expect 2 stauts
err_has "flightdeck status"
expect 2 status --wach
err_has "--watch"
expect 2 status --config
err_has "needs a value"
expect 2 help stauts
expect 2 lock production
expect 2 rollback --lambda fn
expect 2 rollback production --lambda fn:live
expect 2 completion fish
expect 2 config chekc
expect 2 stauts --json
is_json
grep -q '"kind":"usage"' out || fail "no kind"

# Without a configuration: said, with the cure, and nothing is left behind.
for verb in status check plan run shift prepare "config check" "metrics production"; do
    # shellcheck disable=SC2086
    expect 2 $verb
done
expect 2 plan production --json
is_json
[ ! -e "$work/state" ] || fail "a state folder was made"

# Nothing from outside acts on a terminal, also not through an error.
expect 2 "$(printf 'st\033[2Jatus')"
! grep -q "$(printf '\033')" out err || fail "an escape came through"

# Readers that leave, and disks that are full.
"$program" help | head -1 >out
"$program" help 2>err >/dev/full && fail "a full disk was not seen" || true
err_has "No space"

# The completion script is shell, and knows the verbs.
"$program" completion bash >complete.bash
bash -n complete.bash
bash -c '. ./complete.bash; COMP_WORDS=(flightdeck rol) COMP_CWORD=1; _flightdeck; [ "${COMPREPLY[*]}" = rollback ]' ||
    fail "rol is not completed to rollback"
bash -c '. ./complete.bash; COMP_WORDS=(flightdeck run --ex) COMP_CWORD=2; _flightdeck; [ "${COMPREPLY[*]}" = --expect ]' ||
    fail "--ex is not completed to --expect"
bash -c '. ./complete.bash; COMP_WORDS=(flightdeck check wai) COMP_CWORD=2; _flightdeck; [ "${COMPREPLY[*]}" = waive ]' ||
    fail "wai is not completed to waive"
complete() { # complete WANTED WORD...: what is offered for the last word
    wanted=$1
    shift
    # shellcheck disable=SC2016
    got=$(PATH=$(dirname "$program"):$PATH bash -c '. ./complete.bash; COMP_WORDS=(flightdeck "$@"); COMP_CWORD=$#; _flightdeck
        echo "${COMPREPLY[*]}"' bash "$@" 2>&1)
    [ "$got" = "$wanted" ] || fail "$* is completed to \"$got\""
}
example=$root/examples/finally/flightdeck.yaml
complete "bad-canary bad-canary-5xx" demo --scenario bad
complete "production" plan --config "$example" prod
complete "pre-deployment-checklist-documentation/changelog-md-updated" \
    check --config "$example" tick pre-deployment-checklist-documentation/ch
complete "" plan prod # without a configuration: silence
complete "" run --expect ""
echo "ok"
