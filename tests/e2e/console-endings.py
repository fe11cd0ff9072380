#!/usr/bin/env python3
"""console-endings.py - a release outlives its console: hang-up, SIGTERM, pipes; and a console without a configuration."""
import signal
import subprocess

from lib import DONE, PROGRAM, ROLLED_BACK, USAGE, check, check_effects, clean_environment, run_script, work_folder
from lib_journey import SHIFTING, Journey
from lib_screen import Screen, hang_up

PLAN = f"{SHIFTING}, all-clear"


def outlives_a_hang_up(folder):
    """The line drops at the first weight: it is judged to its end, and the next console opens on it."""
    with Journey(folder, "--speed", 120, "--seed", 7, plan=PLAN, traffic="10% 5m, 100%") as journey:
        with journey.console() as ana:
            ana.begin().unlock().start()
            journey.wait_for("noted", "shift", key="weight")
            hang_up(ana)
            check(journey.ended() == "succeeded", "it was not judged to its end")
            code = ana.leave(30)
            check(code == DONE, f"hung up, and the run succeeded: {code}")
        check_effects(journey.events())
        journey.serves("42")
        with journey.console() as li:
            li.wait("released", 30).keys("q")
            check(li.leave() == DONE, "a console that only looked on has no outcome")


def is_terminated(folder):
    """SIGTERM at the first weight: traffic goes back first, and the terminal is given back."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic="10% 5h, 100%") as journey, \
            journey.console() as ana:
        ana.begin().unlock().start()
        journey.wait_for("noted", "shift", key="weight")
        ana.signal(signal.SIGTERM)
        code = ana.leave(60)
        check(code == ROLLED_BACK and ana.is_restored(), f"ended with {code}, restored: {ana.is_restored()}")
        check("v41 serves all traffic again" in " ".join(ana.text().split()), f"the last line:\n{ana.text()}")
        journey.serves()


def ends_with_a_demo_s_terminal(folder):
    """Nobody can come back to a demo: it goes with its terminal, in the middle of what it flies."""
    folder.mkdir()
    env = clean_environment(HOME=str(folder), TMPDIR=str(folder))
    with Screen("demo", "--speed", "60", env=env, cwd=folder, size=(120, 40)) as ana:
        ana.wait("staging moving", 60)
        hang_up(ana)
        ana.leave(30)
        check(not list(folder.glob("flightdeck-*")), f"it left {list(folder.iterdir())}")


def releases_in_a_pipe(folder):
    """From the first line to the last without a terminal; what has to be said is said, and only in lines."""
    with Journey(folder, "--speed", 120, "--seed", 7, plan=PLAN, traffic="10% 5m, 100%") as journey:
        words = [PROGRAM, "console", *journey.words("--plain")]
        with subprocess.Popen(words, env={**journey.env, "TERM": "dumb", "LC_ALL": "C"}, cwd=journey.folder,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as ana:
            said = b""

            def hear(words):
                nonlocal said
                for line in ana.stdout:
                    said += line
                    if words in line:
                        return
                check(False, f"it ended before it said {words}: {said.decode(errors='replace')[-1500:]}")

            def say(line):
                ana.stdin.write(line + b"\n")
                ana.stdin.flush()

            hear(b"next: W unlocks, then R starts the release")
            say(b"unlock production")
            hear(b"next: R starts the release")
            say(b"R")
            hear(b"y = start the release")
            say(b"y")
            hear(b"is over")
            say(b"q")
            ana.stdin.close()
            said += ana.stdout.read()
            code = ana.wait(60)
        text = said.decode("ascii")
        check(code == DONE, f"it ended with {code}: {text[-800:]}")
        check(not [c for c in text if c < " " and c != "\n"], "it wrote controls")
        check(journey.ended() == "succeeded", "it did not succeed")
        journey.serves("42")


def needs_a_configuration(folder):
    """Refused in a sentence, before anything of a screen is written."""
    folder.mkdir()
    env = clean_environment(HOME=str(folder), FLIGHTDECK_STATE_DIR=str(folder / "state"))
    with Screen("console", env=env, cwd=folder) as ana:
        code = ana.leave()
        check(code == USAGE and ana.is_restored() and b"\x1b" not in ana.raw, f"{code}: {ana.raw!r}")
        for said in ("there is no flightdeck.yaml in", "--config FILE", "flightdeck demo"):
            check(said in " ".join(ana.text().split()), f"it does not say \"{said}\":\n{ana.text()}")
    check(not (folder / "state").exists(), "it left a state folder")


def main():
    with work_folder() as folder:
        for part in (needs_a_configuration, outlives_a_hang_up, is_terminated,
                     ends_with_a_demo_s_terminal, releases_in_a_pipe):
            part(folder / part.__name__)


run_script(main)
