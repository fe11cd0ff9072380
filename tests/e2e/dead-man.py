#!/usr/bin/env python3
"""dead-man.py - a computer that is silent in the middle of a shift: AWS gives the traffic back, and whoever returns is told."""
# ctest: serial
import json
import signal
import urllib.error

from lib import DONE, GATE_CLOSED, ROLLED_BACK, Release, check, check_effects, run_script, wait_for, work_folder

PLAN = "deploy: api, shift: api, watch: 5m, all-clear"
SILENT = "rollback: {silent-for: 5m}"
PATIENT = "rollback: {silent-for: 30m}"  # where nobody is silent: a busy machine may stall for seconds
SPEED = 300  # a minute of the world is 0.2 s


def release_in(folder, *words, traffic="25% 30m, 100%", more=SILENT):
    return Release(folder, "--speed", SPEED, "--seed", 5, *words, plan=PLAN, traffic=traffic, more=more)


def schedule(release):
    """The one that the run set, as AWS has it; None when it is gone."""
    created = [e for e in release.events() if e["type"] == "effect_intent" and e["step"] == "shift"
               and e["intent"]["what"]["operation"] == "CreateSchedule"]
    check(len(created) == 1, f"{len(created)} schedules were set")
    try:
        return json.loads(release.aws.signed("scheduler", "GET", "/schedules/" + created[0]["intent"]["what"]["params"]["Name"]))
    except urllib.error.HTTPError as failure:
        check(failure.code == 404, f"GetSchedule: {failure}")
        return None


def is_back(release):
    """All traffic is the old version's, and the alias says who did it."""
    alias = release.aws.alias()
    return alias["version"] == "41" and not alias["weights"] and " silence-of-" in alias["description"] and alias


def at_weight(release):
    run = release.start()
    release.wait_for_event("25 %", lambda e: e["type"] == "noted" and e.get("key") == "weight" and e.get("value") == 0.25)
    return run


def told(release, answer):
    """Who comes back is told what AWS did, and nobody calls it somebody else's change."""
    check("AWS gave all traffic back to v41 at " in answer.out + answer.err and "silent" in answer.out + answer.err, answer.tail())
    check("somebody else" not in answer.out + answer.err, answer.tail())
    alias = release.aws.alias()
    check(alias == {"version": "41", "weights": {}, "description": release.first["description"]}, f"not cleaned up: {alias}")
    check(schedule(release) is None, "the schedule is still there")
    check_effects(release.events())


def killed(folder):
    """Dead for good: AWS goes back within the lease; the next start says so."""
    with release_in(folder) as release:
        release.first = release.aws.alias()
        run = at_weight(release)
        check(schedule(release) is not None, "there is no schedule at 25 %")
        run.kill()
        run.wait()
        wait_for("AWS to go back", 30, lambda: is_back(release))
        answer = release.call("run", "resume", "--json").expect(ROLLED_BACK)
        told(release, answer)
        check("AWS gave all traffic back" in release.call("report").expect(DONE).out, "the report does not say it")


def stopped(folder):
    """Asleep for longer than the lease, then awake again."""
    with release_in(folder) as release:
        release.first = release.aws.alias()
        run = at_weight(release)
        run.send_signal(signal.SIGSTOP)
        wait_for("AWS to go back", 30, lambda: is_back(release))
        run.send_signal(signal.SIGCONT)
        check(run.wait(timeout=60) == ROLLED_BACK, f"it ended with {run.returncode}")
        told(release, release.call("report").expect(DONE))


def healthy(folder):
    """Put off with each look while the release goes on, and gone before its end."""
    with release_in(folder, traffic="25% 5m, 100%", more=PATIENT) as release:
        release.first = release.aws.alias()
        release.fly().expect(DONE)
        alias = release.aws.alias()
        check((alias["version"], alias["description"]) == ("42", release.first["description"]), f"not released: {alias}")
        check(schedule(release) is None, "the schedule is still there")
        made = [call for call, count in release.aws.effects().items() if "CreateSchedule" in call for _ in range(count)]
        check(len(made) == 1, f"set anew after it was taken away: {made}")
        untils = [e["measurement"]["silent_until"] for e in release.events()
                  if e["type"] == "measured" and "silent_until" in e.get("measurement", {})]
        check(len(untils) > 5 and untils == sorted(set(untils)), f"put off {len(untils)} times: {untils[:5]}")
        operations = [e["intent"]["what"]["operation"] for e in release.events() if e["type"] == "effect_intent" and e["step"] != "deploy"]
        check(operations == ["CreateSchedule", "UpdateAlias", "UpdateAlias", "DeleteSchedule", "UpdateAlias"],
              f"in another order: {operations}")


def rolled_back(folder):
    """A way back takes it away too."""
    with release_in(folder, more=PATIENT) as release:
        release.first = release.aws.alias()
        run = at_weight(release)
        release.call("rollback", "production", "--yes").expect(DONE, ROLLED_BACK)
        check(run.wait(timeout=60) == ROLLED_BACK, f"it ended with {run.returncode}")
        check(release.aws.alias() == release.first, f"not back: {release.aws.alias()}")
        check(schedule(release) is None, "the schedule is still there")


def overtaken(folder):
    """What somebody else made of the alias after we died is theirs: AWS leaves it alone."""
    with release_in(folder) as release:
        run = at_weight(release)
        name = schedule(release)["Name"]
        run.kill()
        run.wait()
        release.aws.put_alias("kim: a fix by hand", weights={}, version="40")

        def fired():
            try:
                release.aws.signed("scheduler", "GET", "/schedules/" + name)
                return False
            except urllib.error.HTTPError as failure:
                return failure.code == 404

        wait_for("the schedule to be carried out", 30, fired)
        alias = release.aws.alias()
        check((alias["version"], alias["description"]) == ("40", "kim: a fix by hand"), f"gone over: {alias}")


def forbidden(folder):
    """Without the right to set it nothing is begun."""
    with release_in(folder) as release:
        release.aws.order("GetSchedule=5xx:100")
        before = release.aws.effects()
        answer = release.fly().expect(GATE_CLOSED)
        check("go back by itself is not known" in answer.out + answer.err, answer.tail())
        check(release.aws.effects() == before, "something was written")


def main():
    with work_folder() as folder:
        for journey in (healthy, killed, stopped, rolled_back, overtaken, forbidden):
            (folder / journey.__name__).mkdir()
            journey(folder / journey.__name__)


run_script(main)
