#!/usr/bin/env python3
"""signatures.py - another implementation of SigV4 accepts every request of a whole release, and none that was changed.

The sandbox runs behind verifying-proxy.py, which recomputes each signature with botocore.
"""
import importlib.util
import pathlib

from lib import DONE, FUNCTION, UNKNOWN, Release, check, run_script, skip, work_folder

try:
    import botocore  # noqa: F401: only whether it is there
except ImportError:
    skip("python3 has no botocore")


def load_proxy():
    path = pathlib.Path(__file__).with_name("verifying-proxy.py")
    spec = importlib.util.spec_from_file_location("verifying_proxy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VerifyingProxy


def is_moving_traffic(method, target, body):
    """Not the question before the start whether a rollback would be allowed: that moves nothing."""
    return method == "PUT" and "/aliases/" in target and b'"42":0.' in body


def changed_on_its_way(folder, proxy_of):
    """Somebody on the way changes what UpdateAlias asks for: it is refused, and no user is moved."""
    with Release(folder, "--speed", 600) as release:
        before = release.aws.alias()
        exports = release.sandbox.exports
        with proxy_of(release.aws.url, exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"],
                      tamper_what=is_moving_traffic) as proxy:
            release.env["AWS_ENDPOINT_URL"] = proxy.url
            release.tick()
            answer = release.fly()
            counts = proxy.report()
        effects = release.aws.effects()
        check(answer.code == UNKNOWN and "UpdateAlias: the signature differs" in answer.out,
              f"a changed UpdateAlias: exit {answer.code}: {answer.tail()}")
        check(counts["rejected"] >= 1 and all("PUT" in why and "/aliases/" in why for why in counts["why"]),
              f"rejected: {counts['why'][:3]}")
        check(effects.get(f"PublishVersion {FUNCTION}") == 1 and not any("UpdateAlias" in name for name in effects),
              f"effects: {effects}")
        check(release.aws.alias() == before, f"the alias is {release.aws.alias()}")


def main():
    proxy_of = load_proxy()
    with work_folder() as work, Release(pathlib.Path(work) / "release", "--speed", 600) as release:
        exports = release.sandbox.exports
        keys = (release.aws.url, exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"])

        with proxy_of(*keys) as proxy:
            release.env["AWS_ENDPOINT_URL"] = proxy.url
            release.tick()
            answer = release.fly()
            for verb in (["status"], ["metrics", "production"], ["doctor", "production"]):
                release.call(*verb, "--json")
            counts = proxy.report()
        answer.expect(DONE)
        check(counts["rejected"] == 0, f"botocore computes other signatures than ours: {counts['why'][:3]}")
        check(counts["accepted"] >= 50, f"only {counts['accepted']} requests came through the proxy")

        with proxy_of(*keys, tamper_at=1) as proxy:
            release.env["AWS_ENDPOINT_URL"] = proxy.url
            release.call("status", "--json", AWS_MAX_ATTEMPTS="1")
            tampered = proxy.report()
        check(tampered["rejected"] == 1, "a request that was changed on its way was accepted")

        changed_on_its_way(pathlib.Path(work) / "changed", proxy_of)

        # The sandbox verifies too: a wrong secret must not get in.
        release.env["AWS_ENDPOINT_URL"] = release.aws.url
        answer = release.call("status", "--json", AWS_SECRET_ACCESS_KEY="wrong-secret-key-of-nobody")
        check("SignatureDoesNotMatch" in answer.out or "InvalidSignatureException" in answer.out,
              f"the sandbox accepted a wrong secret: {answer.tail()}")
        print(f"{counts['accepted']} requests were verified by botocore, none differed; a changed one was rejected")


run_script(main)
