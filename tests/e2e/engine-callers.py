#!/usr/bin/env python3
# ctest: long
"""engine-callers.py - one engine, many people: each acts with a sign-in of their own, and a run with that of whoever started it."""
import contextlib

from lib import DONE, UNKNOWN, Release, check, check_effects, run_script, wait_for, work_folder
from libdesk import Engine, Peer

PLAN, LADDER = "deploy: api, shift: api, all-clear", "10% 5m, 100%"


def keys_of(variables):
    return {name: variables[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}


@contextlib.contextmanager
def project(folder, plan=PLAN, ladder=LADDER, speed=60, more="", pinned=True, scenario="healthy", **variables):
    """Ana's engine; consoles are opened with console(keys)."""
    with Release(folder, "--speed", speed, "--seed", 7, "--scenario", scenario, plan=plan, traffic=ladder, more=more) as release:
        release.aws.secrets.append(release.sandbox.second["AWS_SECRET_ACCESS_KEY"])
        release.env |= variables
        if not pinned:
            config = release.folder / "flightdeck.yaml"
            config.write_text(config.read_text(encoding="utf-8").replace('    account: "123456789012"\n', ""), encoding="utf-8")
        with Engine(release) as engine:
            yield from served(release, engine)


def served(release, engine):
    path = engine.status()["socket"]
    yield release, keys_of(release.sandbox.exports), lambda keys, **more: Peer(release, path, keys, **more)
    check_no_secret(release)


def check_no_secret(release):
    """No key that was ever handed out is in a file of the state folder."""
    for path in release.state.rglob("*"):
        if path.is_file():
            found = path.read_bytes()
            check(not any(secret.encode() in found for secret in release.aws.secrets), f"a secret is in {path.name}")


def is_at_its_first_weight(console):
    console.wait_event("a weight", lambda e: e["type"] == "noted" and e["body"].get("key") == "weight", 120)


def acts_as(console, name, seconds=120):
    """Recorded: from here on the run acts with that person's sign-in."""
    test = lambda e: e["type"] == "signed_in" and f"user/{name}@" in e["by"]
    console.wait_event(f"acts as {name}", test, seconds)
    return [e for e in console.events() if test(e)][-1]


def read_as(console, name, number=1, kind=""):
    """The number-th look with that person's sign-in, the run's own having ended."""
    test = lambda e: e["type"] == "measured" and f"; read as {name}@" in e["body"]["verdict"]["sentence"] and kind in e["body"]["verdict"]["kind"]
    wait_for(f"look {number} as {name}", 120, lambda: len([e for e in console.events() if test(e)]) >= number)
    return [e for e in console.events() if test(e)][number - 1]


def ended(release, status, seconds=120):
    release.wait_for_event("the end", lambda e: e["type"] == "run_ended", seconds)
    check(release.events()[-1]["status"] == status, f"it ended {release.events()[-1]}")


def each_as_themselves(folder):
    """Li releases with her own keys in the engine that Ana started, whose keys have ended; what each did has its name."""
    with project(folder) as (release, ana_keys, console):
        with console(ana_keys) as ana, console(keys_of(release.sandbox.second)) as li:
            for one, name in ((ana, "ana@"), (li, "li@")):
                who = one.wait("an identity", lambda n: n["news"] == "identity" and n["state"] == "ok")
                check(name in who["arn"], f"{name}: {who}")
                light = one.wait("a light", lambda n: n["news"] == "ready" and n["state"] == "yes")
                check(name in light["text"], f"{name}: {light}")
            others = [n for n in ana.news if n["news"] in ("identity", "ready") and "li@" in str(n)]
            check(not others, f"Ana is told of Li: {others}")
            release.aws.sign_in()  # Ana's keys end, with those that the engine was started with
            ana.send("refresh", what="ready")
            ana.said("the sign-in has ended")
            error = ana.refusal("start", hash="0" * 64)
            check("sign" in error["message"] + error["hint"], f"Ana starts with keys that have ended: {error}")
            li.start()
            is_at_its_first_weight(li)
            ended(release, "succeeded")
            check(not any("the sign-in has ended" in n["text"] for n in li.news if n["news"] == "said"), "Li is told that hers has ended")
        events = release.events()
        check(all("li@" in e["by"] for e in events if e["type"] == "run_started"), f"by {events[0]['by']}")
        check_effects(events)


def refreshed_by_attaching_again(folder):
    """Ana's keys end in the middle of her release: it is held, and goes on with those of her next console."""
    with project(folder) as (release, ana_keys, console):
        with console(ana_keys) as ana:
            ana.start()
            is_at_its_first_weight(ana)
            fresh = release.aws.sign_in()
            ana.said("the sign-in of the run has ended", 120)
            ana.wait("who is to sign in", lambda n: n["news"] == "sign_in" and n["state"] == "ended")
            with console(keys_of(release.sandbox.second)) as li:  # somebody else looking on changes nothing
                li.wait("an identity", lambda n: n["news"] == "identity")
                ana.send("refresh", what="ready")
                li.send("refresh", what="ready")
                li.wait("two looks", lambda n: n["news"] == "ready", since=len(li.news))
                check(not any("goes on with" in n["text"] for n in li.news if n["news"] == "said"), "it became Li's")
                looks = [e["body"]["verdict"] for e in (read_as(li, "li"), read_as(li, "li", 6))]
                check(all(v["kind"] != "successful" for v in looks), f"cleared by somebody else's numbers: {looks}")
                check(release.aws.alias()["weights"] == {"42": 0.1}, f"it went on: {release.aws.alias()}")
                told = release.call("engine", "status", "--json").expect(DONE).json["runs"][0]
                check(told["held"] == "held: the sign-in of ana@finally.com has ended", f"{told}")
            with console(fresh) as again:
                check(acts_as(again, "ana")["body"].get("new_keys"), "new keys of the same person")
                again.wait("nobody is to sign in", lambda n: n["news"] == "sign_in" and n["state"] == "ok")
                ended(release, "succeeded")
        check_effects(release.events())


def convicted_by_whoever_looks_on(folder):
    """Ana's keys end, and her version is bad: the numbers that Li may read convict it, and rollback.as takes it back."""
    with project(folder, ladder="25% 30m, 100%", scenario="bad-canary", more="rollback: {as: profile narrow}") as (release, ana_keys, console):
        narrow = release.aws.sign_in("narrow@finally.com")
        (release.folder / ".aws").mkdir()
        (release.folder / ".aws" / "credentials").write_text(
            f"[narrow]\naws_access_key_id = {narrow['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {narrow['AWS_SECRET_ACCESS_KEY']}\n",
            encoding="utf-8")
        with console(ana_keys) as ana, console(keys_of(release.sandbox.second)) as li:
            ana.start()
            is_at_its_first_weight(ana)
            release.aws.sign_in()
            check(read_as(li, "li", kind="failed")["body"]["verdict"]["sentence"], "a sentence")
            ended(release, "rolled_back")
        check((release.aws.alias()["version"], release.aws.alias()["weights"]) == ("41", {}), f"{release.aws.alias()}")


def goes_back_with_the_next_sign_in(folder):
    """A bad version is convicted while nobody may take it back: it is tried on, until Li asks, or Ana signs in again."""
    def by_li(console, _fresh):
        with console(keys_of(console.release.sandbox.second), read_only=True) as li:
            done = li.ask("rollback", target="41")
            check("v41 serves all traffic" in done["text"], f"{done}")
            ended(console.release, "rolled_back")

    def from_a_shell(console, _fresh):
        console.release.call("rollback", "production", "--yes", timeout=60, **keys_of(console.release.sandbox.second)).expect(DONE)

    def by_ana(console, fresh):
        with console(fresh):
            ended(console.release, "rolled_back", 30)

    for number, way in enumerate((by_li, from_a_shell, by_ana)):
        with project(folder.with_name(f"{folder.name}-{number}"), ladder="25% 30m, 100%", scenario="bad-canary") as (release, ana_keys, console):
            console.release = release
            with console(ana_keys) as ana, console(keys_of(release.sandbox.second)) as li:
                ana.start()
                is_at_its_first_weight(ana)
                told = release.call("engine", "status").expect(DONE).out
                check("ana@finally.com" in told and "li@finally.com" in told, told)
                fresh = release.aws.sign_in()
                li.wait_event("the conviction", lambda e: e["type"] == "rollback_started", 120)
                li.wait_event("the reason", lambda e: e["type"] == "said" and "the sign-in of the run has ended: `!` takes it back" in e["body"]["text"], 60)
                check(release.aws.alias()["weights"] == {"42": 0.25}, f"{release.aws.alias()}")
            way(console, fresh)
            check((release.aws.alias()["version"], release.aws.alias()["weights"]) == ("41", {}), f"{way.__name__}: {release.aws.alias()}")


def taken_on_by_another(folder):
    """Paused and resumed by Li it is hers."""
    with project(folder) as (release, ana_keys, console):
        with console(ana_keys) as ana:
            run = ana.start()
            is_at_its_first_weight(ana)
        release.aws.sign_in()
        with console(keys_of(release.sandbox.second)) as li:
            li.ask("command", run=run, command="pause", reason="a look")
            li.ask("command", run=run, command="resume", reason="it is mine now", seen_seq=release.events()[-1]["seq"])
            check("new_keys" not in acts_as(li, "li")["body"], "somebody else's")
            ended(release, "succeeded")
        told = release.call("report", run).expect(DONE).out
        check("went on as" in told and "the run goes on with the sign-in of li@finally.com" in told, told)
        by = [e["by"] for e in release.events() if e["type"] == "resumed"]
        check(by and "li@" in by[-1], f"resumed by {by}")


def taken_on_from_a_shell(folder):
    """The same with the verbs of Li's shell, which speak to the engine as Li."""
    with project(folder) as (release, ana_keys, console):
        li_keys = keys_of(release.sandbox.second)
        with console(ana_keys) as ana:
            run = ana.start()
            is_at_its_first_weight(ana)
            release.aws.sign_in()
            release.call("run", "pause", run, "--reason", "a look", **li_keys).expect(DONE)
            release.call("run", "resume", run, **li_keys).expect(DONE)
            acts_as(ana, "li")
            again = release.call("run", "resume", run, **li_keys)
            check(again.code != DONE and "progressing" in again.err, f"resumed while it goes on: {again.tail()}")
            ended(release, "succeeded")


def restarted_while_it_goes_back(folder):
    """`engine restart` leaves a way back to nobody, whatever keys are in the shell that asks for it."""
    with project(folder) as (release, ana_keys, console):
        with console(ana_keys) as ana:
            run = ana.start()
            is_at_its_first_weight(ana)
            release.aws.order("UpdateAlias=5xx:9")
            number = ana.send("command", run=run, command="rollback", reason="now")
            check(ana.reply(number)["ok"], "refused")
            release.call("engine", "restart", timeout=120, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE").expect(DONE)
            check(release.aws.alias()["weights"] == {}, f"it was left where it was: {release.aws.alias()}")
            ended(release, "rolled_back")


def restarted_in_another_account(folder):
    """Whoever restarts the engine with keys of another account takes no run with them; its owner's next console does."""
    with project(folder, pinned=False) as (release, ana_keys, console):
        eva_keys = release.aws.sign_in("eva@elsewhere.com", "999999999999")
        with console(ana_keys) as ana:
            run = ana.start()
            is_at_its_first_weight(ana)
        release.call("engine", "restart", **eva_keys).expect(DONE)
        with console(eva_keys) as eva:
            eva.said("was begun in account 123456789012, but you are signed in to 999999999999")
            error = eva.refusal("resume", run=run)
            check(error["code"] == "account", f"resumed: {error}")
            with console(ana_keys) as again:
                again.said("it is judged on")
                again.ask("resume", run=run)
                ended(release, "succeeded")


def moved_by_whoever_moves_it(folder):
    """The slider of Li's console acts as Li."""
    with project(folder) as (release, ana_keys, console):
        with console(ana_keys) as ana, console(keys_of(release.sandbox.second)) as li:
            li.wait("an identity", lambda n: n["news"] == "identity" and n["state"] == "ok")
            ana.start()
            is_at_its_first_weight(ana)
            li.ask("shift", weight=0, how="back")
            ended(release, "rolled_back")
        by = [e["by"] for e in release.events() if e["type"] == "rollback_started"]
        check(by and all("li@" in name for name in by), f"taken back by {by}")


def back_as_whoever_asks(folder):
    """The run's keys have ended, and it goes back with those of whoever asks for it."""
    with project(folder) as (release, ana_keys, console):
        with console(ana_keys) as ana:
            ana.start()
            is_at_its_first_weight(ana)
        release.aws.sign_in()
        with console(keys_of(release.sandbox.second), read_only=True) as li:
            li.wait("an identity", lambda n: n["news"] == "identity" and n["state"] == "ok")
            done = li.ask("rollback", target="41", reason="now")
            check("v41 serves all traffic" in done["text"], f"{done}")
            check(release.aws.alias()["weights"] == {}, f"not back: {release.aws.alias()}")
            ended(release, "rolled_back")
        said = [e["text"] for e in release.events() if e["type"] == "said"]
        check(any("expired): with that of arn:aws:iam::123456789012:user/li@finally.com" in text for text in said), f"not said: {said}")


def of_another_account(folder):
    """Keys of another account: nothing is begun with them, and no run goes on with them."""
    with project(folder) as (release, ana_keys, console):
        stranger = release.aws.sign_in("eva@elsewhere.com", "999999999999")
        with console(ana_keys) as ana:
            run = ana.start()
            is_at_its_first_weight(ana)
            ana.ask("command", run=run, command="pause", reason="a look")
            with console(stranger) as eva:
                error = eva.refusal("command", run=run, command="resume", seen_seq=release.events()[-1]["seq"])
                check(error["code"] == "account" and "999999999999" in error["message"], f"resumed: {error}")
                done = ana.ask("rollback", target="41")
                check("v41 serves all traffic" in done["text"], f"{done}")
                ended(release, "rolled_back")
                release.call("unlock", "production", "--reason", "tried")
                error = eva.refusal("start", hash="0" * 64)
                check(error["code"] == "account", f"started: {error}")


def commands_have_their_variables(folder):
    """A command of the plan has the variables of whoever started the release, and none of the engine's."""
    script = "#!/bin/sh\necho $WHO_SAYS_SO $AWS_ACCESS_KEY_ID $ANAS_TOKEN >> said.txt\n"
    plan = "{run: sh note.sh, id: first}, deploy: api, shift: api, {run: sh note.sh, id: then}, all-clear"
    with project(folder, plan=plan, ladder="10% 2m, 100%", ANAS_TOKEN="hers", WHO_SAYS_SO="ana") as (release, ana_keys, console):
        (release.folder / "note.sh").write_text(script, encoding="utf-8")
        release.call("config", "trust", "--yes")
        li_keys = keys_of(release.sandbox.second)
        with console(li_keys, WHO_SAYS_SO="li") as li:
            li.start()
            is_at_its_first_weight(li)
            # Whoever else comes, also with the same keys, changes nothing.
            with console(li_keys, read_only=True, WHO_SAYS_SO="another", PATH="/bin") as same, console(ana_keys) as ana:
                for one in (same, ana):
                    one.wait("an identity", lambda n: n["news"] == "identity")
                ended(release, "succeeded")
                check(not any("goes on with" in n["text"] for n in same.news if n["news"] == "said"), "it changed hands")
        said = (release.folder / "said.txt").read_text(encoding="utf-8").splitlines()
        check(said == [f"li {li_keys['AWS_ACCESS_KEY_ID']}"] * 2, f"the commands had {said}")


def resumed_with_keys_of_ones_own(folder):
    """A refused word changes no hands; keys that have ended take nothing on."""
    with project(folder) as (release, ana_keys, console):
        li_keys = keys_of(release.sandbox.second)
        with console(ana_keys) as ana, console(li_keys) as li:
            run = ana.start()
            is_at_its_first_weight(ana)
            error = li.refusal("command", run=run, command="resume", seen_seq=release.events()[-1]["seq"])
            check("progressing" in error["message"], f"resumed while it went on: {error}")
            ana.ask("command", run=run, command="pause", reason="a look")
            release.aws.sign_in("li@finally.com")
            error = li.refusal("command", run=run, command="resume", seen_seq=release.events()[-1]["seq"])
            check("expired" in error["message"], f"resumed with keys that have ended: {error}")
            check(not any("goes on with" in n["text"] for n in li.news if n["news"] == "said"), "it changed hands")
            ana.ask("command", run=run, command="resume", seen_seq=release.events()[-1]["seq"])
            ended(release, "succeeded")


def every_way_back_as_whoever_asks(folder):
    """Ana's keys have ended: Li stops the release, asks from a shell, and right after opening her console."""
    def by_abort(release, console, keys, run):
        with console(keys) as li:
            li.ask("command", run=run, command="abort", reason="stop")
            ended(release, "aborted")

    def from_a_shell(release, _console, keys, _run):
        release.call("rollback", "production", "--yes", timeout=60, **keys).expect(DONE)

    def at_once(release, console, keys, _run):
        with console(keys) as li:
            done = li.ask("rollback", target="41")
            check("v41 serves all traffic" in done["text"], f"{done}")
            ended(release, "rolled_back")

    def by_stopping(release, _console, keys, _run):
        stopped = release.call("engine", "stop", "--abort", timeout=60, **keys).expect(UNKNOWN)
        told = release.call("engine", "status").out
        check("COULD NOT BE PUT BACK: flightdeck rollback production" in told and "nothing is under way" not in told, told)
        check("could not be" in stopped.err and "flightdeck rollback production" in stopped.err, stopped.tail())
        release.call("rollback", "production", "--yes", timeout=60, **keys).expect(DONE)

    for number, way in enumerate((by_abort, from_a_shell, at_once, by_stopping)):
        with project(folder.with_name(f"{folder.name}-{number}")) as (release, ana_keys, console):
            with console(ana_keys) as ana:
                run = ana.start()
                is_at_its_first_weight(ana)
            release.aws.sign_in()
            way(release, console, keys_of(release.sandbox.second), run)
            check((release.aws.alias()["version"], release.aws.alias()["weights"]) == ("41", {}), f"{way.__name__}: {release.aws.alias()}")


def of_an_account_that_nobody_named(folder):
    """Where the configuration names no account, a run stays in that of whoever started it."""
    with project(folder, pinned=False) as (release, ana_keys, console):
        with console(ana_keys) as ana, console(release.aws.sign_in("eva@elsewhere.com", "999999999999")) as eva:
            run = ana.start()
            is_at_its_first_weight(ana)
            ana.ask("command", run=run, command="pause", reason="a look")
            error = eva.refusal("command", run=run, command="resume", seen_seq=release.events()[-1]["seq"])
            check(error["code"] == "account", f"resumed: {error}")
            release.aws.sign_in()
            error = eva.refusal("rollback", target="41")
            check(release.aws.alias()["weights"], f"{error}: {release.aws.alias()}")
            said = [e["text"] for e in release.events() if e["type"] == "said"]
            check(any("another account" in text for text in said), f"not said: {said}")
        with console(keys_of(release.sandbox.second)) as li:
            check("v41 serves all traffic" in li.ask("rollback", target="41")["text"], "Li")


def with_files_that_were_renewed(folder):
    """The keys of rollback.as, or of whoever asks, are in files that somebody wrote anew since the release was started,
    or that did not have them before."""
    for number, (is_narrow, is_missing) in enumerate(((True, False), (True, True), (False, False))):
        more = "rollback: {as: profile narrow}" if is_narrow else ""
        with project(folder.with_name(f"{folder.name}-{number}"), more=more) as (release, ana_keys, console):
            def write(ana, narrow):
                (release.folder / ".aws").mkdir(exist_ok=True)
                (release.folder / ".aws" / "credentials").write_text("".join(
                    f"[{name}]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
                    for name, keys in (("ana", ana), ("narrow", narrow)) if keys), encoding="utf-8")

            write(ana_keys, None if is_missing else release.aws.sign_in("narrow@finally.com"))
            with console({"AWS_PROFILE": "ana"}) as ana:
                ana.start()
                is_at_its_first_weight(ana)
                renewed = release.aws.sign_in()
                write(ana_keys if is_narrow else renewed, release.aws.sign_in("narrow@finally.com"))
                done = ana.ask("rollback", target="41")
                check("v41 serves all traffic" in done["text"], f"{done}")
                ended(release, "rolled_back")


def narrow_is_proved(folder):
    """That rollback.as would not work is said before it is needed, and that it would again."""
    with project(folder, more="rollback: {as: profile narrow}", AWS_SHARED_CREDENTIALS_FILE=str(folder / ".aws" / "credentials")) as (release, ana_keys, console), \
            console(ana_keys) as ana:
        ana.said("rollback.as WOULD NOT WORK, profile narrow", 60)
        keys = release.aws.sign_in("narrow@finally.com")
        (release.folder / ".aws").mkdir()
        (release.folder / ".aws" / "credentials").write_text(
            f"[narrow]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n", encoding="utf-8")
        ana.said("rollback.as would work again, profile narrow", 60)


def signed_in_anew(folder):
    """A console that signs in anew acts as before until AWS has named the new one, and never as the engine itself."""
    with project(folder) as (release, ana_keys, console):
        def as_of(keys):
            return {"variables": {"HOME": str(release.folder), **keys}}

        with console(keys_of(release.sandbox.second)) as li:
            for wrong in ({}, {"as": {}}, {"as": 7}, {"as": as_of({"AWS_ACCESS_KEY_ID": "AKIAWRONG", "AWS_SECRET_ACCESS_KEY": "x"})},
                          {"as": as_of(release.aws.sign_in("eva@elsewhere.com", "999999999999")), "keys": {"AWS_ACCESS_KEY_ID": "AKIAWRONG"}}):
                li.refusal("sign_in", **wrong)
            li.start()
            check("user/li@" in [e for e in release.events() if e["type"] == "run_started"][0]["by"], "not by Li")
            is_at_its_first_weight(li)
            check("user/ana@" in li.ask("sign_in", **{"as": as_of(ana_keys)})["arn"], "not Ana")
            done = li.ask("rollback", target="41")
            check("v41 serves all traffic" in done["text"], f"{done}")
        check(any("user/ana@" in e["by"] for e in release.events() if e["type"] == "rollback_started"), "taken back by somebody else")


def who_says_nothing_only_looks_on(folder):
    """A console that does not say as whom it acts starts nothing, and takes nothing back as somebody else."""
    with project(folder) as (release, ana_keys, console):
        with console(ana_keys) as ana, console(None) as nobody:
            ana.start()
            is_at_its_first_weight(ana)
            for verb, more in (("start", {"hash": "0"}), ("rollback", {"target": "41"})):
                check(nobody.refusal(verb, **more)["code"] == "read-only", verb)
            ended(release, "succeeded")


def each_its_environment(folder):
    """Two consoles that look at different environments: both are read on and on, until the console is gone."""
    with project(folder) as (_, ana_keys, console):
        def count(peer, news, environment):
            with peer.changed:
                return sum(n["news"] == news and n.get("env") == environment for n in peer.news)

        with console(ana_keys) as one:
            with console(ana_keys) as two:
                two.ask("look", env="staging")
                for news, least in (("metrics", 4), ("ready", 2)):
                    for environment in ("production", "staging"):
                        wait_for(f"{news} of {environment}", 60, lambda: count(one, news, environment) >= least)
            before = count(one, "metrics", "staging")
            least = count(one, "metrics", "production") + 4
            wait_for("metrics of production alone", 60, lambda: count(one, "metrics", "production") >= least)
            check(count(one, "metrics", "staging") <= before + 1, "staging is read for nobody")


def main():
    with work_folder() as folder:
        for script in (each_as_themselves, refreshed_by_attaching_again, convicted_by_whoever_looks_on, goes_back_with_the_next_sign_in, taken_on_by_another, taken_on_from_a_shell, back_as_whoever_asks,
                       restarted_while_it_goes_back, restarted_in_another_account, moved_by_whoever_moves_it,
                       of_another_account, of_an_account_that_nobody_named, commands_have_their_variables,
                       resumed_with_keys_of_ones_own, every_way_back_as_whoever_asks, with_files_that_were_renewed,
                       who_says_nothing_only_looks_on, signed_in_anew, narrow_is_proved, each_its_environment):
            script(folder / script.__name__)


run_script(main)
