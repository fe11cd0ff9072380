#!/usr/bin/env python3
# ctest: long
"""engine-many.py - two projects and two machines: each has its engine and its journal, and they share AWS alone."""
from lib import DONE, LOCKED, Release, check, check_effects, flightdeck, newest_run, run_script, work_folder
from libdesk import Engine, Peer

PLAN, LADDER = "deploy: api, shift: api, all-clear", "10% 20m, 100%"


def keys_of(release):
    return {name: release.sandbox.exports[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}


def two_projects(folder):
    """In one home: another name, another engine, another journal; who comes to the wrong one is told so."""
    with Release(folder, "--speed", 60, plan=PLAN, traffic=LADDER) as shop:
        shop.env.pop("FLIGHTDECK_STATE_DIR")
        other = folder / "other"
        other.mkdir()
        for name in ("DEPLOYMENT.md", "CHANGELOG.md", "flightdeck.yaml"):
            text = (folder / name).read_text(encoding="utf-8").replace("project: finally", "project: another")
            (other / name).write_text(text, encoding="utf-8")

        def engine(project, *words):
            return flightdeck("engine", *words, "--config", project / "flightdeck.yaml", env=shop.env, cwd=project)

        try:
            engine(folder).expect(DONE)
            engine(other).expect(DONE)
            first, second = (engine(project, "status", "--json").json for project in (folder, other))
            check(first["running"] and second["running"] and first["pid"] != second["pid"], f"{first} and {second}")
            states = sorted(path.name for path in (folder / ".local" / "state" / "flightdeck").iterdir())
            check(states == ["another", "finally"], f"the state is in {states}")
            with Peer(shop, first["socket"], keys_of(shop)) as ana:
                ana.start()
                ana.wait_event("a weight", lambda e: e["type"] == "noted" and e["body"].get("key") == "weight", 60)
                engine(other, "stop").expect(DONE)  # nothing is under way in that one
                check(engine(folder, "status", "--json").json["running"], "the other project's engine was stopped")
                ana.ask("rollback", target="41")
        finally:
            engine(folder, "stop", "--abort")
            engine(other, "stop", "--abort")


def two_machines(folder):
    """What a run on one computer moves, another leaves alone and says whose it is; a rollback from there is taken as what it is."""
    with Release(folder, "--speed", 60, plan=PLAN, traffic=LADDER) as release, Engine(release) as engine, \
            Peer(release, engine.status()["socket"], keys_of(release)) as ana:
        run = ana.start()
        ana.wait_event("a weight", lambda e: e["type"] == "noted" and e["body"].get("key") == "weight", 60)
        away = {"FLIGHTDECK_STATE_DIR": str(folder / "away")}
        refused = release.call("run", "production", "--yes", **away).expect(LOCKED)
        check(f"{run} of " in refused.out and " moves v41 to v42 until " in refused.out and "nothing was changed" in refused.err, refused.tail())
        check(release.aws.alias()["weights"] == {"42": 0.1}, f"the refused run moved it: {release.aws.alias()}")
        release.call("rollback", "production", "--yes", **away).expect(DONE)
        check((release.aws.alias()["version"], release.aws.alias()["weights"]) == ("41", {}), f"not back: {release.aws.alias()}")
        seen = ana.wait("the other's mark", lambda n: n["news"] == "status" and n.get("env") == "production" and "rollback" in str(n["document"]), 60)
        check(release.aws.alias()["weights"] == {}, f"it went over what was taken back: {release.aws.alias()}, {seen}")
        ana.ask("command", run=run, command="abort", reason="it is back already")
        release.wait_for_event("the end", lambda e: e["type"] == "run_ended", 60)
        check(release.aws.alias()["weights"] == {}, f"the end moved it: {release.aws.alias()}")
        check_effects(release.events())
        there = newest_run(folder / "away")
        check(there is not None, "the rollback is in no journal there")


def main():
    with work_folder() as folder:
        two_projects(folder / "projects")
        two_machines(folder / "machines")


run_script(main)
