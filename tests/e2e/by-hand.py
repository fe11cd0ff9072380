#!/usr/bin/env python3
"""by-hand.py - a hand on the slider moves it up and down; a rollback goes back once, locks, and mistypes nothing."""
from lib import DONE, LOCKED, USAGE, Release, check, run_script, work_folder

PLAN = "deploy: api, shift: api, all-clear"


def slide(release, percent, code=DONE):
    release.call("shift", "production", "--version", 41, "--weight", percent, "--yes").expect(code)


def main():
    with work_folder() as folder, Release(folder / "project", "--speed", 600, plan=PLAN, traffic="100%") as release:
        first = release.aws.alias()
        check(first["version"] == "41", f"the sandbox begins with {first}")

        # Down from all of it, up again, and away: always from where it is.
        release.call("shift", "production", "--version", 40, "--weight", 10, "--yes").expect(DONE)
        for percent, weights in ((25, {"40": 0.25}), (5, {"40": 0.05}), (0, {})):
            release.call("shift", "production", "--version", 40, "--weight", percent, "--yes").expect(DONE)
            check(release.aws.alias() == {**first, "weights": weights}, f"{percent} %: {release.aws.alias()}")

        # A version that is not there is refused before anything is written.
        effects = release.aws.effects()
        for version in ("999", "0", "forty"):
            answer = release.call("rollback", "production", "--version", version, "--yes").expect(USAGE)
            check("v" + version in answer.err or version in answer.err, answer.tail())
        check(release.aws.effects() == effects, "a mistyped version was written")
        already = release.call("rollback", "production", "--version", "v41", "--yes").expect(DONE)
        check("already" in already.out and "in one write" not in already.tail(), already.tail())

        # Back by hand: whoever releases next has to know.
        release.call("rollback", "production", "--version", 40, "--yes").expect(DONE)
        check(release.aws.alias() == {**first, "version": "40"}, f"after the rollback: {release.aws.alias()}")
        release.fly().expect(LOCKED)
        slide(release, 10, LOCKED)
        release.call("rollback", "production", "--version", 41, "--yes").expect(DONE)
        check(release.aws.alias() == first, f"after the other rollback: {release.aws.alias()}")


run_script(main)
