#!/bin/sh
# cli-guide.sh - a Markdown guide is listed without any configuration, also when its encoding is damaged.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
program=${FLIGHTDECK:-$root/build/flightdeck}
[ -x "$program" ] || { echo "there is no $program"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work"

"$program" check --guide "$root/examples/finally/DEPLOYMENT.md" --json >whole.json
python3 - <<'PY'
import json
found = json.load(open("whole.json"))
assert found["env"] is None and found["gate"] is None and found["gates"] == [], found["env"]
assert len(found["items"]) == 53, len(found["items"])
assert len({item["id"] for item in found["items"]}) == 53
assert all(item["state"] == "todo" and item["section"] and item["text"] for item in found["items"])
PY

# The same guide, once opened as MacRoman and saved again.
python3 - "$root/examples/finally/DEPLOYMENT.md" <<'PY'
import sys
text = open(sys.argv[1], encoding="utf-8").read()
open("damaged.md", "w", encoding="utf-8").write(text.encode("utf-8").decode("mac_roman"))
PY
"$program" check --guide damaged.md --json >damaged.json
python3 - <<'PY'
import json
whole, damaged = (json.load(open(name + ".json"))["items"] for name in ("whole", "damaged"))
assert whole == damaged, "the items differ"
PY

code=0
"$program" check --guide no-such.md >out 2>err || code=$?
[ "$code" -eq 2 ] || { echo "FAILED: a missing guide exits with $code"; exit 1; }
printf '# Guide\n\n- [ ] tick \033]0;me\007 \033[2J\n' >escapes.md
"$program" check --guide escapes.md >out
! grep -q "$(printf '\033')" out || { echo "FAILED: an escape of the guide reached the terminal"; exit 1; }
echo "ok"
