#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-signs-in.py - the sign-in ends in the middle of a release, and I signs in again at this terminal with the AWS CLI."""
import json
import os
import signal

from lib import DONE, check, check_effects, run_script, wait_for, work_folder
from lib_journey import SHIFTING, Journey

PLAN, LADDER = f"{SHIFTING}, all-clear", "10% 5m, 100%"
ANA = "arn:aws:iam::123456789012:user/ana@finally.com"

# What the AWS CLI does with a profile whose role wants a code: it asks at the terminal, and prints keys to stdout.
AWS = """#!/usr/bin/env python3
import os, sys, termios
folder = os.path.dirname(os.path.abspath(__file__))
said = " ".join(sys.argv[1:])
open(folder + "/aws.log", "a").write(said + "\\n")
profile = sys.argv[sys.argv.index("--profile") + 1]
if said.startswith("sso login"):
    sys.stdout.write("the code is ABCD-EFGH: Enter "); sys.stdout.flush()
    sys.stdin.readline()
    open(folder + "/logged-in", "w").close()
    sys.exit(0)
if profile == "role" and not os.path.exists(folder + "/logged-in"):
    print("Error loading SSO Token", file=sys.stderr)
    sys.exit(255)
if profile == "code":
    terminal = os.open("/dev/tty", os.O_RDWR)
    modes = termios.tcgetattr(terminal)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, modes)
    os.write(terminal, b"Enter MFA code: ")
    code = os.read(terminal, 100).strip()
    os.write(terminal, b"\\n")
    if code != b"123456":
        print("MultiFactorAuthentication failed", file=sys.stderr)
        sys.exit(254)
if profile == "words":
    print("no keys at all")
    sys.exit(0)
print(open(folder + "/keys.json").read())
"""


def with_aws(journey):
    """The variables of a shell that has that program."""
    tools = journey.folder / "tools"
    tools.mkdir()
    (tools / "aws").write_text(AWS, encoding="utf-8")
    (tools / "aws").chmod(0o755)
    home = journey.folder / ".aws"
    home.mkdir(exist_ok=True)
    (home / "config").write_text("[profile sso]\nsso_start_url = https://example.awsapps.com/start\n"
                                 "[profile code]\nrole_arn = arn:aws:iam::123456789012:role/release\n"
                                 "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/release\nsource_profile = sso\n"
                                 "[profile words]\n[profile eva]\n", encoding="utf-8")
    return {"PATH": f"{tools}:{os.environ['PATH']}", "AWS_CONFIG_FILE": str(home / "config")}


def new_keys(journey, name="ana@finally.com", account="123456789012"):
    """Ana's keys end with that, where they are hers."""
    keys = journey.aws.sign_in(name, account)
    (journey.folder / "tools" / "keys.json").write_text(json.dumps(
        {"Version": 1, "AccessKeyId": keys["AWS_ACCESS_KEY_ID"], "SecretAccessKey": keys["AWS_SECRET_ACCESS_KEY"]}), encoding="utf-8")
    return keys


def said_to_aws(journey):
    return (journey.folder / "tools" / "aws.log").read_text(encoding="utf-8").splitlines()


def at_its_first_weight(journey, ana):
    ana.begin().unlock().start()
    journey.wait_for("noted", "shift", key="weight")


def signs_in(ana, profile):
    return ana.keys("I").wait("Sign in as which profile").keys(*profile, "Enter")


def check_no_secret(journey, ana, keys):
    secret = keys["AWS_SECRET_ACCESS_KEY"]
    check(secret.encode() not in ana.raw, "the secret was on the screen")
    for path in journey.folder.rglob("*"):
        if path.is_file() and path.name != "keys.json":
            check(secret.encode() not in path.read_bytes(), f"the secret is in {path}")


def goes_on(journey, ana):
    acts = journey.wait_for("signed_in")
    check(acts["by"] == ANA and acts.get("new_keys"), f"{acts}")
    check(journey.ended(120) == "succeeded", "it did not go on")
    check_effects(journey.events())


def with_a_code(folder, attaches):
    """MFA: aws asks at the terminal; the run goes on with the new keys."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic=LADDER) as journey:
        journey.attaches = attaches
        with journey.console(size=(80, 24), **with_aws(journey)) as ana:
            at_its_first_weight(journey, ana)
            keys = new_keys(journey)
            ana.wait("SIGN-IN ENDED", 60).wait("sign in with I, or", 30).golden("sign-in-ended")
            ana.keys("I").wait("Sign in as which profile").golden("sign-in-profile")
            ana.keys(*"code", "Enter").wait("Enter MFA code:", 30)
            check("123456" not in ana.text(), "echoed")
            ana.keys(*"000000", "Enter").wait("MultiFactorAuthentication failed", 30).wait("Any key goes back")
            ana.keys("CtrlC").wait("aws did not sign in", 30).wait("SIGN-IN ENDED")
            signs_in(ana, "code").wait("Enter MFA code:", 30)
            ana.keys(*"123456", "Enter").wait_gone("Enter MFA", 30).wait_gone("SIGN-IN ENDED", 30)
            goes_on(journey, ana)
            check_no_secret(journey, ana, keys)
            ana.wait("nothing is left to do", 30).keys("E").wait("signed in as ana@finally.com").close("Messages").keys("q").leave()
        if attaches:
            journey.call("engine", "stop").expect(DONE)


def with_sso(folder):
    """The role's source is a session of SSO that is over: `aws sso login` for that one first; Ctrl-C comes back."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic=LADDER) as journey:
        with journey.console(**with_aws(journey)) as ana:
            at_its_first_weight(journey, ana)
            keys = new_keys(journey)
            ana.wait("SIGN-IN ENDED", 60)
            signs_in(ana, "role").wait("the code is ABCD-EFGH", 30)
            ana.keys("CtrlC").wait("aws did not sign in", 30).wait("SIGN-IN ENDED")
            signs_in(ana, "role")
            wait_for("the second question", 30, lambda: (ana.pump(), said_to_aws(journey).count("sso login --profile sso") == 2)[1])
            ana.keys("Enter").wait_gone("the code is", 30).wait_gone("SIGN-IN ENDED", 30)
            check(said_to_aws(journey)[-3:] == ["configure export-credentials --profile role --format process", "sso login --profile sso",
                                                "configure export-credentials --profile role --format process"], f"{said_to_aws(journey)}")
            goes_on(journey, ana)
            check_no_secret(journey, ana, keys)
            ana.wait("nothing is left to do", 30).keys("E").wait("signed in as ana@finally.com").close("Messages").keys("q").leave()


def refused(folder, attaches):
    """What is no sign-in, no profile, no program; one that stops itself; and another account: each said, and Ana acts on as Ana."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic=LADDER) as journey:
        journey.attaches = attaches
        variables = with_aws(journey)
        with journey.console(**{**variables, "PATH": "/nowhere"}) as ana:
            ana.begin()
            signs_in(ana, "code").wait("could not start aws: it is not in PATH", 30)
            ana.keys("Enter").wait("Install the AWS CLI", 30).keys("q").leave()
        if attaches:
            journey.call("engine", "stop").expect(DONE)
        with journey.console(**variables) as ana:
            ana.begin()
            signs_in(ana, "nobody").wait("the AWS profile nobody is in neither", 30)
            signs_in(ana, "words").wait("aws answered with no keys", 30)
            ana.keys("Enter").wait("aws answered with no keys").begin()
            signs_in(ana, "code").wait("Enter MFA code:", 30)
            os.kill(children(ana.process.pid)[0], signal.SIGSTOP)
            ana.wait("aws did not sign in", 30).begin()
            new_keys(journey, "eva@elsewhere.com", "999999999999")
            signs_in(ana, "eva").wait("999999999999", 30)
            ana.unlock().start()
            check(journey.wait_for("run_started")["by"] == ANA, "it was not Ana who started it")
            journey.wait_for("noted", "shift", key="weight")
            ana.keys("!").yes("roll back NOW")
            check(journey.ended() == "rolled_back", "not back")
            ana.close("ROLL BACK production").keys("q").leave()
        if attaches:
            journey.call("engine", "stop").expect(DONE)


def ends_while_lent(folder):
    """SIGTERM while aws has the terminal: the traffic goes back at once, all the same."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic=LADDER) as journey:
        with journey.console(**with_aws(journey)) as ana:
            at_its_first_weight(journey, ana)
            signs_in(ana, "code").wait("Enter MFA code:", 30)
            ana.signal(signal.SIGTERM)
            check(journey.ended(10) == "aborted", "it was not stopped")
            journey.serves()
            ana.leave()


def typed_too_late(folder):
    """What is typed while aws has the terminal is no key of the console."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic=LADDER) as journey:
        with journey.console(**with_aws(journey)) as ana:
            ana.begin()
            signs_in(ana, "code").wait("Enter MFA code:", 30)
            aws = children(ana.process.pid)[0]
            ana.keys(*"!q")
            os.kill(aws, signal.SIGINT)
            ana.wait("aws did not sign in", 30).begin()
            check("ROLL BACK" not in ana.text().replace("! ROLLBACK", ""), ana.text())
            ana.keys("q").leave()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return [int(word) for word in file.read().split()]


def main():
    with work_folder() as folder:
        for attaches in (False, True):
            with_a_code(folder / f"code-{attaches}", attaches)
            refused(folder / f"refused-{attaches}", attaches)
        for script in (with_sso, ends_while_lent, typed_too_late):
            script(folder / script.__name__)


run_script(main)
