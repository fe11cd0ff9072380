#!/usr/bin/env python3
"""old-journals.py - what former versions wrote is read by this one: history, log, report; and what stood open goes back."""
import json
import pathlib
import sqlite3

from lib import DONE, ROLLED_BACK, ROOT, Release, check, run_script, step_states, work_folder

VECTORS = ROOT / "tests" / "vectors" / "journal"
PLAN = "deploy: api, smoke: new-version, shift: api, watch: 3m, all-clear"


def restore(script, state):
    state.mkdir(mode=0o700, exist_ok=True)
    database = sqlite3.connect(state / "journal.sqlite")
    database.executescript(script.read_text(encoding="utf-8"))
    database.close()
    (state / "journal.sqlite").chmod(0o600)


def is_read(release, expected, name):
    runs = release.call("history", "--json").expect(DONE).json["runs"]
    check([(r["id"], r["status"]) for r in runs] == [(r["id"], r["status"]) for r in expected], f"{name}: history: {runs}")
    for run in expected:
        events = release.call("log", run["id"], "--json").lines
        check(len(events) == run["events"], f"{name}: {run['id']} has {len(events)} events, not {run['events']}")
        steps = step_states([{**e, **e.get("body", {})} for e in events])
        check(steps == run["steps"], f"{name}: {run['id']}: {steps}")
        report = release.call("report", run["id"]).expect(DONE).out
        check(f"{run['id']}" in report and "Traffic" in report, f"{name}: {report[:400]}")
    doctor = release.call("doctor", "production")
    check("newer flightdeck" not in doctor.tail() and "chain" not in doctor.err, f"{name}: {doctor.tail()}")


def goes_back(release, name):
    """The run that its process left behind: traffic of a world that has moved on is nobody's but ours to put back."""
    answer = release.call("rollback", "production", "--yes").expect(DONE, ROLLED_BACK)
    last = release.call("history", "--json").json["runs"][0]
    check(last["status"] in ("rolled_back", "aborted"), f"{name}: it is {last['status']}: {answer.tail()}")


def main():
    scripts = sorted(VECTORS.glob("*/*.sql"))
    check(len(scripts) >= 4, f"only {len(scripts)} journals in {VECTORS}")
    with work_folder() as folder:
        for script in scripts:
            name = f"{script.parent.name}-{script.stem}"
            expected = json.loads(script.with_suffix(".json").read_text(encoding="utf-8"))
            with Release(pathlib.Path(folder) / name, "--speed", 60, plan=PLAN, traffic="10% 3m, 100%") as release:
                restore(script, release.state)
                is_read(release, expected, name)
                if script.stem == "interrupted":
                    goes_back(release, name)


run_script(main)
