#!/usr/bin/env python3
"""console-acting.py - a console acts: it releases, moves the slider, goes back from everywhere, and is refused clearly."""
import contextlib
import time

from lib import DONE, Release, Terminal, check, check_effects, events_of, run_script, wait_for, work_folder
from lib_screen import Screen, hang_up
from libdesk import Desk
from liblatency import SlowLine

PLAN = "checklist: [Before], deploy: api, smoke: new-version, shift: api, smoke: everyone, watch: 2m, all-clear"
LADDER = "10% 1m, 50% 1m, 100%"
BEFORE = {"version": "41", "weights": {}, "description": "what users of production get"}


def is_type(kind, **more):
    return lambda e: e["type"] == kind and all(e["body"].get(k) == v for k, v in more.items())


def is_consistent(desk, release):
    """What the console was told, event by event, is the journal."""
    told = desk.events()
    check(told, "no run was told")
    seqs = [e["seq"] for e in told]
    check(seqs == list(range(1, len(seqs) + 1)), f"events are missing or twice: {seqs}")
    written = events_of(release.state, told[0]["stream"])
    check([e["type"] for e in told] == [e["type"] for e in written], "told and written differ")
    check_effects(written)


def releases(folder):
    """A whole release by requests only."""
    with Release(folder / "whole", "--speed", 600, plan=PLAN, traffic=LADDER) as release, Desk(release) as desk:
        desk.ask("look")
        desk.wait("an identity", lambda n: n["news"] == "identity" and n["state"] == "ok")
        ready = desk.wait("a readiness light", lambda n: n["news"] == "ready")
        check(ready["state"] == "yes", f"the light says {ready}")
        prepared = desk.ask("prepare")["run"]
        check(desk.ask("tick", item="before/the-change-is-announced", reason="")["run"] == prepared, "another run")
        error = desk.refusal("start", hash="0" * 64)
        check("the plan is" in error["message"] and error["hint"], f"another hash: {error}")
        check(not release.state.joinpath("engine-production.lock").exists() or not desk.driver() == "here", "it is driven")
        run = desk.start()
        check(run == prepared, f"{run} was started, {prepared} prepared")
        desk.wait_event("the end", is_type("run_ended"), 120)
        check(desk.events()[-1]["body"]["status"] == "succeeded", f"it ended {desk.events()[-1]}")
        wait_for("nobody drives", 10, lambda: desk.driver() == "none")
        check(release.aws.alias()["version"] != "41", f"not released: {release.aws.alias()}")
        is_consistent(desk, release)

        # Another environment's lock, and words that a run does not know.
        check(desk.refusal("command", run=run, command="pause")["message"].endswith("is over: succeeded"), "pause")
        check("does not know" in desk.refusal("command", run=run, command="dance")["message"], "dance")
        check(desk.refusal("lock")["message"].startswith("say why"), "a lock without a reason")
        desk.ask("lock", reason="an audit")
        error = desk.refusal("start", hash="0" * 64)
        check(error["code"] == "locked" and "an audit" in error["message"], f"locked: {error}")
        desk.ask("unlock", reason="done")

        # Back, when nothing is under way: what this release replaced.
        preview = desk.ask("preview_rollback")
        check(preview["target"] == "41" and preview["needed"] and preview["run"] is None, f"preview: {preview}")
        done = desk.ask("rollback", target=preview["target"], reason="users say so")
        check("v41 serves all traffic" in done["text"], f"rolled back: {done}")
        check(release.aws.alias()["version"] == "41", f"not back: {release.aws.alias()}")
        desk.wait("the lock", lambda n: n["news"] == "said" and "locked now" in n["text"])
        wait_for("nobody drives", 10, lambda: desk.driver() == "none")
        is_consistent(desk, release)
        again = desk.ask("preview_rollback")
        check(not again["needed"] and again["target"] == "41", f"preview again: {again}")


def slides(folder):
    """The slider: by hand, for a run, and stale."""
    with Release(folder / "slider", "--speed", 600, plan="deploy: api, shift: api, all-clear",
                 traffic=LADDER, more="") as release, Desk(release) as desk:
        desk.ask("look")
        preview = desk.ask("preview_shift", weight=0.1, version="40")
        check(preview["how"] == "hand" and preview["refused"] is None and preview["call"]["operation"] == "UpdateAlias",
              f"preview: {preview}")
        check(preview["from"] == {"41": 1} and preview["to"] == {"41": 0.9, "40": 0.1}, f"preview: {preview}")
        desk.ask("shift", weight=0.1, version="40", revision_id=preview["revision_id"])
        check(release.aws.alias()["weights"] == {"40": 0.1}, f"after 10 %: {release.aws.alias()}")
        error = desk.refusal("shift", weight=0.2, version="40", revision_id=preview["revision_id"])
        check(error["code"] == "stale" and "v41 90 %" in error["message"], f"stale: {error}")
        desk.ask("lock", reason="an audit")
        preview = desk.ask("preview_shift", weight=0.5)
        check("locked" in preview["refused"], f"locked: {preview}")
        preview = desk.ask("preview_shift", weight=0)
        check(preview["refused"] is None and preview["version"] == "40", f"down while locked: {preview}")
        error = desk.refusal("shift", weight=0, revision_id=preview["revision_id"], how="back")
        check(error["code"] == "stale", f"another way than was previewed: {error}")
        desk.ask("shift", weight=0, revision_id=preview["revision_id"], how="hand", reason="it was wrong")
        started = next(e for e in desk.events() if e["type"] == "run_started")
        check(started["body"]["plan"].get("reason") == "it was wrong", f"why is not in the journal: {started}")
        check(release.aws.alias()["weights"] == {}, f"after 0 %: {release.aws.alias()}")
        desk.ask("unlock", reason="done")
        desk.refusal("preview_shift", weight=2)


@contextlib.contextmanager
def at_its_first_weight(folder):
    """A release that stays at 10 % for long, driven by this console."""
    with Release(folder, "--speed", 60, plan="deploy: api, shift: api, all-clear",
                 traffic="10% 30m, 100%") as release, Desk(release) as desk:
        desk.ask("look")
        run = desk.start()
        desk.wait_event("a weight", is_type("noted", key="weight"), 120)
        yield release, desk, run


def goes_back_while_it_shifts(folder):
    """In the middle of a write that does not answer, the way back is taken all the same."""
    with at_its_first_weight(folder / "shifting") as (release, desk, run):
        first = desk.ask("preview_rollback")
        check(first["run"] == run and first["target"] == "41" and first["to"] == {"41": 1}, f"preview: {first}")
        stale = desk.refusal("command", run=run, command="retry", seen_seq=1)
        check(stale["kind"] == "conflict", f"stale: {stale}")
        desk.ask("command", run=run, command="pause", reason="a look", seen_seq=1)
        error = desk.refusal("shift", weight=0, how="hand")
        check(error["code"] == "stale" and run in error["message"], f"by hand, into a run: {error}")
        done = desk.ask("rollback", target="41", reason="now", seen_seq=1)
        check(done["run"] == run and "v41 serves all traffic" in done["text"], f"rolled back: {done}")
        alias = release.aws.alias()
        check((alias["version"], alias["weights"]) == ("41", {}), f"not back: {alias}")
        desk.wait_event("the end", is_type("run_ended", status="rolled_back"))
        wait_for("nobody drives", 10, lambda: desk.driver() == "none")
        is_consistent(desk, release)


def goes_back_over_a_write_that_hangs(folder):
    """The next weight is under way and AWS is silent on it: nobody waits for its time limit, and it cannot arrive late."""
    with Release(folder / "hanging", "--speed", 600, plan="deploy: api, shift: api, all-clear",
                 traffic=LADDER) as release, Desk(release, "--set", "production.advance=ask") as desk:
        desk.ask("look")
        run = desk.start()
        desk.wait_event("a question", is_type("asked"), 120)
        preview = desk.ask("preview_shift", weight=0.5)
        check(preview["how"] == "promote" and preview["refused"] is None and preview["bake_ms"] == 60000, f"{preview}")
        wrong = desk.ask("preview_shift", weight=0.7)
        check("another weight" in wrong["refused"], f"{wrong}")
        desk.wait("the light", lambda n: n["news"] == "ready", 30, since=len(desk.news))  # it writes nothing for a while
        release.aws.order("UpdateAlias=slow:1")
        check(desk.ask("shift", weight=0.5)["run"] == run, "another run was promoted")
        desk.wait_event("the next write", is_type("effect_intent", key="weight-50"), 60)
        began = time.monotonic()
        done = desk.ask("rollback", target="41")
        took = time.monotonic() - began
        check("v41 serves all traffic" in done["text"] and took < 8, f"it took {took:.1f} s: {done}")
        check(took > 1, f"nothing hung: it took {took:.1f} s")
        check(release.aws.alias()["weights"] == {}, f"not back: {release.aws.alias()}")
        desk.wait_event("the end", is_type("run_ended", status="rolled_back"))
        check(release.aws.alias()["version"] == "41", f"not back: {release.aws.alias()}")


def speaks_to_others(folder):
    """A run of another process: told, followed, rolled back; and taken up when that is gone."""
    with Release(folder / "others", "--speed", 60, plan="deploy: api, shift: api, all-clear",
                 traffic="10% 30m, 100%") as release, Desk(release) as desk:
        desk.ask("look")
        other = release.start()
        try:
            desk.wait("another drives", lambda n: n.get("driver") == "other", 60)
            desk.wait_event("its weight", is_type("noted", key="weight"), 120)
            run = desk.events()[0]["stream"]
            error = desk.refusal("start", hash=desk_hash(desk))
            check(error["code"] == "locked" and "another flightdeck" in error["message"], f"locked: {error}")
            desk.ask("command", run=run, command="pause", reason="a look")
            desk.wait_event("paused", is_type("paused"))
            preview = desk.ask("preview_rollback")
            check(preview["run"] == run, f"preview: {preview}")
            done = desk.ask("rollback", target=preview["target"])
            check(done["run"] == run and "v41 serves all traffic" in done["text"], f"rolled back: {done}")
        finally:
            other.wait(timeout=60)
        check(release.aws.alias()["weights"] == {}, f"not back: {release.aws.alias()}")
        desk.ask("unlock", reason="seen")

        # Nobody drives it any more: resumed here, and ended here.
        other = release.start()
        desk.wait_event("another run's weight", lambda e: is_type("noted", key="weight")(e) and e["stream"] != run, 120)
        run = desk.events()[0]["stream"]
        other.kill()
        other.wait()
        desk.wait("nobody drives", lambda n: n.get("driver") == "nobody", 30)
        desk.ask("resume", run=run)
        wait_for("driven here", 10, lambda: desk.driver() == "here")
        desk.ask("command", run=run, command="abort", reason="enough", seen_seq=1)
        desk.wait_event("aborted", is_type("run_ended", status="aborted"))
        check(release.aws.alias()["weights"] == {}, f"not back: {release.aws.alias()}")
        is_consistent(desk, release)


def desk_hash(desk):
    desk.ask("plan")
    return desk.wait("a plan", lambda n: n["news"] == "plan" and "document" in n)["document"]["hash"]


def does_not_wait_for_a_slow_aws(folder):
    """Everything that reads hangs; going back does not stand behind it."""
    with at_its_first_weight(folder / "slow") as (release, desk, _):
        for call in ("GetFunction", "GetMetricData", "DescribeDBInstances", "ListVersionsByFunction", "GetCallerIdentity"):
            release.aws.order(f"{call}=slow:20")
        hanging = [desk.send("plan"), desk.send("versions")]
        time.sleep(0.2)  # they are on their way
        began = time.monotonic()
        done = desk.ask("rollback", target="41")
        took = time.monotonic() - began
        check("v41 serves all traffic" in done["text"] and took < 2, f"it took {took:.1f} s: {done}")
        check(not any(number in desk.replies for number in hanging), "nothing hung: this test shows nothing")


def goes_back_without_its_terminal(folder):
    """The connection drops right after the y, on a long line: the traffic goes back all the same."""
    with Release(folder / "dropped", "--speed", 60, plan="deploy: api, shift: api, all-clear",
                 traffic=LADDER) as release:
        with Desk(release) as desk:
            preview = desk.ask("preview_shift", weight=0.1, version="40")
            desk.ask("shift", weight=0.1, version="40", revision_id=preview["revision_id"], how="hand")
        with SlowLine(release.env["AWS_ENDPOINT_URL"], 300) as line:
            env = {**release.env, "AWS_ENDPOINT_URL": line.url}
            words = ["console", "production", "--in-process", *release.words()]
            with Screen(*words, env=env, cwd=release.folder) as screen:
                screen.wait("Plan").keys("!")
                screen.wait("roll back NOW: v41").armed().keys("y").wait("going back,")
                hang_up(screen)
                code = screen.leave(60)
        check(release.aws.alias()["weights"] == {}, f"left where it was: {release.aws.alias()}, exit {code}")
        check(code == 0, f"the rollback is done, and the console ended with {code}")


def has_a_second_person(folder):
    """In a demo Li approves by herself, and it is said; the person at the console cannot stand in for her."""
    plan = "approval: release-managers, deploy: api, shift: api, all-clear"
    with Release(folder / "second", "--speed", 600, plan=plan, traffic="100%") as release:
        li = "arn:aws:iam::123456789012:user/li@finally.com"
        with Desk(release, DESK_SECOND=li) as desk:
            desk.ask("look")
            run = desk.start()
            desk.wait("Li's word", lambda n: n["news"] == "said" and n["text"] == "li approved (played by the demo)", 30)
            desk.wait_event("the end", is_type("run_ended", status="succeeded"), 60)
            approved = [e for e in desk.events() if e["type"] == "approved"]
            check([e["by"] for e in approved] == [li] and run == approved[0]["stream"], f"approved: {approved}")


def goes_over_what_it_showed(folder):
    """The first way back goes over what another hand did when that was shown, and over nothing newer."""
    with at_its_first_weight(folder / "shown") as (release, desk, run):
        preview = desk.ask("preview_rollback")
        check("over" not in preview and preview["from"] == {"41": 0.9, "42": 0.1}, f"our own: {preview}")
        release.aws.put_alias("kim was here", {"40": 0.5}, "41")
        preview = desk.ask("preview_rollback")
        check(preview["run"] == run and preview["from"] == {"41": 0.5, "40": 0.5} and preview["to"] == {"41": 1.0} and
              "somebody else" in preview["why"] and "kim was here" in preview["why"], f"preview: {preview}")
        done = desk.ask("rollback", target="41", over=preview["over"])
        check("v41 serves all traffic" in done["text"], f"rolled back: {done}")
        alias = release.aws.alias()
        check(alias == BEFORE, f"not as before: {alias}")
        desk.wait_event("the end", lambda e: e["type"] == "run_ended" and e["body"]["status"] == "rolled_back")


def goes_over_nothing_newer(folder):
    with at_its_first_weight(folder / "newer") as (release, desk, _):
        release.aws.put_alias("kim was here", {"40": 0.5}, "41")
        over = desk.ask("preview_rollback")["over"]
        release.aws.put_alias("li was here, too", {"40": 0.3}, "41")
        error = desk.refusal("rollback", target="41", over=over)
        check("somebody else changed" in error["message"] and "li was here" in error["message"], f"newer: {error}")
        check(release.aws.alias()["description"] == "li was here, too", f"overwritten: {release.aws.alias()}")
        preview = desk.ask("preview_rollback")
        check(preview["from"] == {"41": 0.7, "40": 0.3}, f"shown again: {preview}")
        desk.ask("rollback", target="41")
        check(release.aws.alias()["weights"] == {}, f"not back: {release.aws.alias()}")


def goes_over_nothing_newer_without_a_run(folder):
    """What was previewed is the agreement: its revision, or the same split again; the kept preview of another console is none."""
    with Release(folder / "norun", "--speed", 60, plan=PLAN, traffic=LADDER) as release, Desk(release) as desk:
        release.aws.put_alias("kim was here", {"40": 0.5}, "41")
        shown = desk.ask("preview_rollback", version="40")["shown"]
        release.aws.put_alias("li was here, too", {"40": 0.3}, "41")
        newer = desk.ask("preview_rollback", version="40")["shown"]
        error = desk.refusal("rollback", target="40", shown=shown)
        check("somebody else changed" in error["message"] and "li was here" in error["message"], f"newer: {error}")
        check(release.aws.alias()["description"] == "li was here, too", f"overwritten: {release.aws.alias()}")
        check(not release.events(), "a run was begun for it")
        again = desk.ask("preview_rollback", version="40")
        check(again["shown"] == newer and again["from"] == {"41": 0.7, "40": 0.3}, f"shown again: {again}")

        # Shown with nothing to do, and changed since.
        release.aws.put_alias("", {}, "41")
        shown = desk.ask("preview_rollback", version="41")
        check(not shown["needed"], f"it serves 41: {shown}")
        release.aws.put_alias("kim again", {}, "40")
        error = desk.refusal("rollback", target="41", shown=shown["shown"])
        check("somebody else changed" in error["message"] and release.aws.alias()["version"] == "40", f"changed since: {error}")
        release.aws.put_alias("li was here, too", {"40": 0.3}, "41")
        newer = desk.ask("preview_rollback", version="40")["shown"]

        # Between the look and the write: another description is gone over, another split is not.
        release.aws.put_alias("words only", {"40": 0.3}, "41")
        error = desk.refusal("rollback", target="41", shown=newer)
        check("words only" in error["message"], f"words: {error}")
        desk.ask("preview_rollback", version="41")
        release.aws.put_alias("other words", {"40": 0.3}, "41")
        done = desk.ask("rollback", target="41", shown=desk.ask("preview_rollback", version="41")["shown"])
        check("v41 serves all traffic" in done["text"], f"rolled back: {done}")
        check("other words" in release.aws.alias()["description"], f"the words are lost: {release.aws.alias()}")


def goes_over_what_was_shown_at_a_terminal(folder):
    """The question of the verb stands for minutes: y means what it showed."""
    with Release(folder / "asked", "--speed", 60, plan=PLAN, traffic=LADDER) as release:
        for between, goes in (("a split", False), ("words", True)):
            asked = Terminal(release, "rollback", "production", "--version", "40")
            asked.wait_for("Do this now?")
            release.aws.put_alias(between, {} if goes else {"40": 0.3}, "41")
            asked.say("y\n")
            code, _ = asked.end(60)
            alias = release.aws.alias()
            if goes:
                check(code == DONE and alias["version"] == "40" and "words" in alias["description"], f"{code}, {alias}: {asked.seen}")
            else:
                check(code not in (DONE, None) and "somebody else changed" in asked.seen, f"{code}: {asked.seen}")
                check(alias["description"] == between and alias["weights"] == {"40": 0.3}, f"overwritten: {alias}")
                release.aws.put_alias("", {}, "41")


def says_only_what_it_read_now(folder):
    """The traffic was put back, the process died over the rest, and somebody changed it: an old read-back is no news."""
    for is_shown in (False, True):
        with Release(folder / f"old-{is_shown}", "--speed", 60, plan="deploy: api, shift: api, all-clear", traffic="10% 30m, 100%",
                     more="rollback: {silent-for: 30m}") as release:
            run = release.start()
            release.wait_for_event("10 %", lambda e: e["type"] == "noted" and e.get("key") == "weight")
            run.kill()
            run.wait()
            release.aws.order("DeleteSchedule=slow:9")
            back = Terminal(release, "rollback", "production", "--yes")
            release.wait_for_event("its read-back", lambda e: e["type"] == "effect_outcome" and e.get("key") == "back")
            back.process.kill()
            back.end()
            release.aws.forget_faults()
            release.aws.put_alias("kim was here", {"40": 0.5}, "41")
            with Desk(release) as desk:
                over = desk.ask("preview_rollback").get("over") if is_shown else ""
                if is_shown:
                    done = desk.ask("rollback", target="41", over=over)
                    check("v41 serves all traffic" in done["text"] and release.aws.alias()["weights"] == {}, f"{done}: {release.aws.alias()}")
                    continue
                error = desk.refusal("rollback", target="41")
                check("somebody else changed" in error["message"], f"an old read-back: {error}")
                check(release.aws.alias()["description"] == "kim was here", f"overwritten: {release.aws.alias()}")
                preview = desk.ask("preview_rollback")
                check(preview["from"] == {"41": 0.5, "40": 0.5}, f"shown: {preview}")
                desk.ask("rollback", target="41", **{k: preview[k] for k in ("over", "shown") if preview.get(k)})
                check(release.aws.alias()["weights"] == {}, f"not back: {release.aws.alias()}")


def goes_back_where_it_moved(folder):
    """An environment with two functions: the one that the run shifted is shown, and put back; with and without the run."""
    with Release(folder / "two", "--speed", 60, plan="deploy: api, shift: api, all-clear", traffic="10% 30m, 100%") as release:
        path = release.folder / "flightdeck.yaml"
        two = path.read_text(encoding="utf-8").replace("      api: {lambda: finally-prod-api", "      aside: {lambda: finally-staging-api, alias: production}\n"
                                                                                           "      api: {lambda: finally-prod-api")
        path.write_text(two, encoding="utf-8")
        with Desk(release) as desk:
            desk.ask("look")
            run = desk.start()
            desk.wait_event("a weight", is_type("noted", key="weight"), 120)
            shown = desk.ask("preview_rollback")
            check(shown["resource"] == "api" and "over" not in shown and shown["from"] == {"41": 0.9, "42": 0.1}, f"preview: {shown}")
            check(desk.ask("rollback", target="41")["run"] == run and not release.aws.alias()["weights"], f"{release.aws.alias()}")
            desk.wait_event("its end", is_type("run_ended"))
        shown = release.call("rollback", "production", "--version", "40", "--yes").expect(DONE)
        check(release.aws.alias()["version"] == "40" and "finally-staging-api" not in shown.tail(), shown.tail())


def meets_somebody_else(folder):
    """What another hand changed, unseen, is not overwritten by a run; who says it again, says it knowing that."""
    with at_its_first_weight(folder / "foreign") as (release, desk, run):
        release.aws.put_alias("kim was here", {"40": 0.5}, "41")
        error = desk.refusal("rollback", target="41")
        check(error["code"] == "rollback-failed" and "somebody else changed" in error["message"], f"foreign: {error}")
        check(release.aws.alias()["description"] == "kim was here", f"overwritten: {release.aws.alias()}")
        preview = desk.ask("preview_rollback")
        check(preview["run"] is None and preview["from"] == {"41": 0.5, "40": 0.5} and preview["target"] == "41" and
              run in preview["why"] and "somebody else" in preview["why"], f"preview: {preview}")
        done = desk.ask("rollback", target="41")
        check("v41 serves all traffic" in done["text"], f"rolled back: {done}")
        check(release.aws.alias()["weights"] == {}, f"not back: {release.aws.alias()}")


def signs_in_again(folder):
    """A sign-in that is no good is named with its cure, and a new one is taken up without a restart."""
    with Release(folder / "signing", "--speed", 600, plan=PLAN, traffic=LADDER) as release:
        keys = release.folder / "credentials"

        def write(key):
            keys.write_text(f"[finally]\naws_access_key_id = {key}\naws_secret_access_key = "
                            f"{release.env['AWS_SECRET_ACCESS_KEY']}\n", encoding="utf-8")

        write("AKIAIOSFODNN7EXAMPLE")
        with Desk(release, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_PROFILE="finally",
                  AWS_SHARED_CREDENTIALS_FILE=str(keys)) as desk:
            desk.ask("look")
            identity = desk.wait("an identity", lambda n: n["news"] == "identity")
            check(identity["state"] == "ended" and "aws sso login --profile finally" in identity["text"], f"{identity}")
            ready = desk.wait("a light", lambda n: n["news"] == "ready")
            check(ready["state"] == "no", f"the light: {ready}")
            error = desk.refusal("rollback", target="41")
            check(error["kind"] == "denied", f"rollback: {error}")
            write(release.env["AWS_ACCESS_KEY_ID"])
            desk.wait("a new sign-in", lambda n: n["news"] == "identity" and n["state"] == "ok", 30)
            desk.wait("the light", lambda n: n["news"] == "ready" and n["state"] == "yes", 30)
            desk.wait("a word on it", lambda n: n["news"] == "said" and "signed in again as" in n["text"])


def main():
    with work_folder() as folder:
        for part in (releases, slides, goes_back_while_it_shifts, goes_back_over_a_write_that_hangs,
                     speaks_to_others, does_not_wait_for_a_slow_aws, goes_back_without_its_terminal,
                     has_a_second_person, meets_somebody_else, goes_over_what_it_showed, goes_over_nothing_newer,
                     goes_over_nothing_newer_without_a_run, goes_over_what_was_shown_at_a_terminal,
                     says_only_what_it_read_now, goes_back_where_it_moved, signs_in_again):
            began = time.monotonic()
            part(folder)
            print(f"{part.__name__}: {time.monotonic() - began:.1f} s")


run_script(main)
