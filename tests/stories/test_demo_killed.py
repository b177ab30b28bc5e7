"""The first run of the demo is killed at five points: the next one ends with sixty certificates."""

import json
import subprocess

import pytest

from tests.stories.programs import Kexin

SECONDS = (1.2, 2.2, 3.2, 4.5, 6.0)


@pytest.mark.component
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_demo_that_was_killed_is_gone_on_with(kexin: Kexin) -> None:
    for seconds in SECONDS:
        child = kexin.start("demo", "--once")
        try:
            child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
    done = kexin.run("demo", "--once")
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert (line["certificates"], line["anchored"], line["verdict"]) == (60, 60, "valid")
