#!/usr/bin/env python3
"""doctor.py - a rollback would work now, and what a release still waits for is named."""
import pathlib

from lib import DONE, Release, check, run_script, work_folder


def last_line(release):
    answer = release.call("doctor", "production").expect(DONE)
    return answer.out.strip().splitlines()[-1]


def main():
    plan = "checklist: [Before], deploy: api, shift: api, all-clear"
    with work_folder() as work, Release(pathlib.Path(work) / "p", "--speed", 60, plan=plan, traffic="100%") as release:
        release.call("lock", "production", "--reason", "the sale").expect(DONE)
        said = last_line(release)
        for words in ("a rollback would work now", "a release may not start", "the sale", "2 items of the checklist are open"):
            check(words in said, f"no \"{words}\" in: {said}")
        found = release.call("doctor", "production", "--json").expect(DONE).json
        check(found["ok"] and not found["may_start"], str(found)[:300])
        release.call("unlock", "production", "--reason", "over").expect(DONE)
        release.tick()
        release.call("check", "tick", "CHANGELOG", "--env", "production", "--reason", "seen").expect(DONE)
        check(last_line(release) == "nothing stands in the way", last_line(release))


run_script(main)
