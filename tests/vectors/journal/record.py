#!/usr/bin/env python3
"""record.py - records the journals of this version of the program, for the folder that is named after it.

usage: FLIGHTDECK=build/dev/flightdeck python3 tests/vectors/journal/record.py

Done once for each version that is released; what is there is never recorded again: later programs have to read it.
NAME.sql makes the database; NAME.json is what its runs are (e2e/old-journals).
"""
import json
import re
import sqlite3
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "e2e"))

import lib  # noqa: E402

PLAN = "deploy: api, smoke: new-version, shift: api, watch: 3m, all-clear"
LADDER = "10% 3m, 100%"


def runs_of(release):
    """What must be read of it for ever."""
    runs = []
    for run in release.call("history", "--json").expect(lib.DONE).json["runs"]:
        events = release.call("log", run["id"], "--json").lines
        runs.append({"id": run["id"], "status": run["status"], "events": len(events),
                     "steps": lib.step_states([{**e, **e.get("body", {})} for e in events])})
    return runs


def healthy(release):
    release.fly().expect(lib.DONE)


def bad_canary(release):
    release.fly().expect(lib.ROLLED_BACK)


def interrupted(release):
    run = release.start()
    release.wait_for_event("a look of the judge", lambda e: e["type"] == "measured")
    run.kill()
    run.wait()


def by_hand(release):
    release.call("rollback", "production", "--version", "40", "--yes").expect(lib.DONE)
    release.call("unlock", "production", "--reason", "seen").expect(lib.DONE)
    release.call("rollback", "production", "--version", "41", "--yes").expect(lib.DONE)


RECORDINGS = [(healthy, ()), (bad_canary, ("--scenario", "bad-canary")), (interrupted, ()), (by_hand, ())]


def record(folder, make, words):
    with lib.work_folder() as work, lib.Release(Path(work) / "project", "--speed", 600, "--seed", 5, *words, plan=PLAN,
                                                traffic=LADDER) as release:
        make(release)
        name = make.__name__.replace("_", "-")
        database = sqlite3.connect(release.state / "journal.sqlite")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        lines = [f"PRAGMA user_version = {version};", *database.iterdump()]
        (folder / f"{name}.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / f"{name}.json").write_text(json.dumps(runs_of(release), indent=1) + "\n", encoding="utf-8")
        print(f"{folder.name}/{name}: {len(lines)} lines")


def main():
    version = re.search(r"\d+\.\d+\.\d+", lib.flightdeck("version").expect(lib.DONE).out).group()
    folder = HERE / version
    folder.mkdir(exist_ok=True)
    for make, words in RECORDINGS:
        record(folder, make, words)


if __name__ == "__main__":
    main()
