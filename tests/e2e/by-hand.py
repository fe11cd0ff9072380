#!/usr/bin/env python3
"""by-hand.py - a hand on the slider moves it up and down; a rollback goes back once, locks, and mistypes nothing."""
from lib import DONE, GATE_CLOSED, LOCKED, USAGE, Release, check, run_script, wait_for, work_folder

PLAN = "deploy: api, shift: api, all-clear"


def slide(release, percent, code=DONE, version=40):
    return release.call("shift", "production", "--version", version, "--weight", percent, "--yes").expect(code)


def main():
    with work_folder() as folder, Release(folder / "project", "--speed", 600, plan=PLAN, traffic="100%") as release:
        first = release.aws.alias()
        check(first["version"] == "41", f"the sandbox begins with {first}")

        # Down from all of it, up again, and away: always from where it is. While it is split it says who did it.
        for percent, weights in ((10, {"40": 0.1}), (25, {"40": 0.25}), (0.5, {"40": 0.005}), (0, {})):
            slide(release, percent)
            alias = release.aws.alias()
            check((alias["version"], alias["weights"]) == ("41", weights), f"{percent} %: {alias}")
            check((" 41>40 until " in alias["description"]) == bool(weights), f"{percent} %: {alias}")
        check(release.aws.alias() == first, f"after 0 %: {release.aws.alias()}")

        # A version that is not there is refused before anything is written, with those that are.
        effects = release.aws.effects()
        for version in ("999", "0", "forty"):
            answer = release.call("rollback", "production", "--version", version, "--yes").expect(USAGE)
            check("v" + version in answer.err or version in answer.err, answer.tail())
            check(version == "forty" or "v40" in answer.err, answer.tail())
        check(release.aws.effects() == effects, "a mistyped version was written")
        already = release.call("rollback", "production", "--version", "v41", "--yes").expect(DONE)
        check("already" in already.out and "in one write" not in already.tail(), already.tail())

        # All of it by hand leaves what somebody needs who has none of our journal.
        slide(release, 100)
        check(" 41>40 until " in release.aws.alias()["description"], f"no trace: {release.aws.alias()}")
        release.call("rollback", "production", "--yes", FLIGHTDECK_STATE_DIR=str(folder / "fresh")).expect(DONE)
        check(release.aws.alias()["version"] == "41", f"not back from by hand: {release.aws.alias()}")
        nothing = release.call("unlock", "production", "--reason", "seen").expect(DONE)
        check("was not locked" in nothing.out and "open again" not in nothing.out, nothing.tail())

        # Back by hand: whoever releases next has to know.
        asked = release.call("rollback", "production", "--version", 40, "--yes").expect(DONE)
        check("\n  you: ana@finally.com\n" in asked.err, f"as whom: {asked.err}")
        check(release.aws.alias()["version"] == "40", f"after the rollback: {release.aws.alias()}")
        check(" 41>40 until " in release.aws.alias()["description"], f"no trace: {release.aws.alias()}")
        release.fly().expect(LOCKED)
        slide(release, 10, LOCKED, version=41)
        release.call("rollback", "production", "--version", 41, "--yes").expect(DONE)
        check(release.aws.alias()["version"] == "41", f"after the other rollback: {release.aws.alias()}")

        # A person's lock is kept, and opening it says whose it was.
        release.call("unlock", "production", "--reason", "seen").expect(DONE)
        release.call("lock", "production", "--reason", "an audit").expect(DONE)
        release.call("rollback", "production", "--version", 40, "--yes").expect(DONE)
        opened = release.call("unlock", "production", "--reason", "done").expect(DONE)
        check("an audit" in opened.out, opened.tail())

        # What a hand shifted is taken back, and locks. v40 has just taken over: the counts that a shift rests on are
        # minutes late, and until one of it is there nothing is written.
        def shifted():
            answer = release.call("shift", "production", "--version", 41, "--weight", 10, "--yes")
            if answer.code != DONE:
                check(answer.code == GATE_CLOSED and "none is counted for v40" in answer.tail(), answer.tail())
                check(not release.aws.alias()["weights"], f"refused, and written: {release.aws.alias()}")
            return answer.code == DONE

        wait_for("a shift from v40", 30, shifted)
        release.call("rollback", "production", "--yes").expect(DONE)
        alias = release.aws.alias()
        check(alias["version"] == "40" and not alias["weights"], f"after the last rollback: {alias}")
        again = release.call("rollback", "production", "--yes").expect(DONE)
        check("nothing to roll back" in again.out, again.tail())
        release.fly().expect(LOCKED)


run_script(main)
