"""Five promises that are easy to forget: about time, faults, hands, keys and forgetting."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.errors import CryptoUnavailable
from crypto.provider import KeyRef, Provider, Use
from identity import approval
from identity.levels import Role
from ledger import sql_store
from ledger.errors import LogInconsistent
from services import demo, process
from services.accounts import operators
from services.anchoring import checkpoints
from services.audit import trail
from services.evidence.verdict import Outcome
from services.honours import approving, bundles, forgetting, issue
from services.honours import queries as honours_queries
from services.platform.errors import Conflict, NotFound, Tampered
from services.platform.jobs.runner import Runner
from services.platform.record_keys import RecordKeys
from services.platform.seen import Seen
from services.platform.settings import Settings
from services.registry import keys
from tests.services import calling, verifying
from tests.services.commands import homes
from tests.services.honours import classes, invariants, working
from tests.services.honours.classes import pupils
from tests.services.nodes import Node
from tests.services.registry import registrars


def database_file(node: Node) -> Path:
    return node.runtime.settings.home / "kexin.sqlite3"


def back_up(node: Node, copy: Path) -> None:
    """Copy the database as it stands, with no process on it."""
    node.runtime.database.close()
    shutil.copyfile(database_file(node), copy)


def restore(node: Node, copy: Path) -> None:
    """Put a copy back and start again: whoever restores has stopped every process."""
    node.runtime.database.close()
    node.runtime = replace(node.runtime, seen=Seen())
    for suffix in ("-wal", "-shm"):
        Path(f"{database_file(node)}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(copy, database_file(node))


def notes(node: Node) -> dict[str, int]:
    with node.runtime.reading() as work:
        origins = sql_store.origins(work.session)
        return {origin: len(sql_store.notes(work.session, origin)) for origin in origins}


def test_a_database_that_went_back_in_time_signs_no_checkpoint(
    sqlite_node: Node, tmp_path: Path
) -> None:
    node, copy = sqlite_node, tmp_path / "backup"
    classes.issue(node, pupils(2))
    with calling.serving(node) as api:
        assert "checkpoints" not in failing(api)
    back_up(node, copy)
    classes.issue(node, pupils(2, first=2))
    restore(node, copy)

    before = notes(node)
    classes.approved(node, pupils(1, first=5))
    working.finish(node.runtime, working.claimed(node.runtime))
    for _ in range(2):
        with pytest.raises(LogInconsistent):
            checkpoints.sign_due(node.runtime)
    assert notes(node) == before
    with node.runtime.reading() as work:
        assert checkpoints.ALARM in {kind for kind, _ in trail.alarms(work)}
    with calling.serving(node) as api:
        answer = api.stranger.get("/readyz")
        assert answer.status_code == 503
        assert "checkpoints" in failing(api)


def failing(api: calling.Api) -> set[str]:
    """Return which checks of /readyz are not ok."""
    checks = api.stranger.get("/readyz").json()["checks"]
    return {name for name, outcome in checks.items() if outcome["state"] != "ok"}


class _FlipsABit:
    """A device whose signatures are wrong by one bit."""

    name = "flipping"
    certified = False

    def __init__(self, provider: Provider) -> None:
        self._device = provider.device

    def generate(self, use: Use) -> KeyRef:
        return self._device.generate(use)

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        signature = self._device.sign_e(ref, e)
        return bytes([signature[0] ^ 1]) + signature[1:]


def files(home: Path) -> set[Path]:
    return {path for path in home.rglob("*") if path.suffix not in (".sqlite3-wal", ".sqlite3-shm")}


def test_a_flipped_bit_leaves_no_row_and_no_file_but_an_alarm(sqlite_node: Node) -> None:
    node = sqlite_node
    batch_id = classes.approved(node, pupils(3)).batch_id
    device = _FlipsABit(node.runtime.provider)
    broken = replace(node.runtime, provider=Provider(device, check=approval.authorize))
    home, signed = node.runtime.settings.home, notes(node)
    before = files(home)

    def alarm(name: str, code: str) -> None:
        with node.runtime.writing() as work:
            trail.raise_alarm(work, name, code)

    runner = Runner(broken, {approving.JOB: issue.run}, owner="broken", alarm=alarm)
    assert runner.do_job()
    with pytest.raises(CryptoUnavailable, match="signature_fault"):
        checkpoints.sign_due(broken)
    assert classes.certificates(node) == []
    assert classes.states(node, batch_id) == {"NUMBERED": 3}
    assert notes(node) == signed
    assert files(home) == before
    with node.runtime.reading() as work:
        assert (approving.JOB, "signature_fault") in trail.alarms(work)
    invariants.check(node)


def test_a_role_deleted_by_hand_refuses_the_next_privileged_call(sqlite_node: Node) -> None:
    node = sqlite_node
    batch_id = classes.draft(node, pupils(1))
    actor, proof = node.operator("school-a-approver"), node.proof("school-a-approver")
    school = node.ids["school-b"]
    with node.runtime.writing() as work:
        registrar = node.operator("registrar-1")
        operators.grant(work, registrar, actor.id, Role.AUDITOR, school)
    gone = "DELETE FROM role_grant WHERE operator_id = :who AND role = 'auditor'"
    assert classes.by_hand(node, gone, who=actor.id) == 1
    with pytest.raises(Tampered, match="rows_altered"):
        approving.approve(node.runtime, actor, batch_id, **proof)
    assert classes.states(node, batch_id) == {"ON_NOTICE": 1}


def test_a_key_does_not_retire_before_its_entries_are_anchored(sqlite_node: Node) -> None:
    node = sqlite_node
    classes.approved(node, pupils(2))
    working.finish(node.runtime, working.claimed(node.runtime))
    with node.runtime.reading() as work:
        [ref] = keys.active_issuer_refs(work, node.ids["school-a"])
    with pytest.raises(Conflict, match="key_has_pending") as caught:
        registrars.retire(node, ref.kid)
    [entry] = {row["log_origin"] for row in classes.certificates(node)}
    for row in classes.certificates(node):
        assert f"{entry}#{row['log_index']}" in str(caught.value.params["entries"])
    registrars.anchor(node)
    registrars.retire(node, ref.kid)


def test_what_was_forgotten_stays_forgotten_after_a_restore(
    sqlite_node: Node, tmp_path: Path
) -> None:
    node, copy = sqlite_node, tmp_path / "backup"
    home = node.runtime.settings.home
    homes.equip(home, node.runtime.database)
    gone, neighbour = classes.issue(node, pupils(2))
    back_up(node, copy)
    with node.runtime.writing() as work:
        actor = node.operator("school-a-approver")
        forgetting.forget_certificate(work, actor, gone, "person_asked")
    restore(node, copy)
    with node.runtime.reading() as work:  # the backup has brought it back
        assert bundles.open_certificate(work, gone).text

    settings = Settings(home=home, chain_driver="local", node_name=demo.NODE_NAME)
    started = replace(process.open_runtime(settings, homes.WORDS), clock=node.clock)
    try:
        with started.reading() as work:
            row = honours_queries.certificate(work.session, gone)
            assert row is not None
            with pytest.raises(NotFound, match="record_forgotten"):
                RecordKeys.of(started).open(work.session, row["row_id"])
            with pytest.raises(NotFound, match="record_forgotten"):
                bundles.open_certificate(work, gone)
    finally:
        started.database.close()
    verdict = verifying.offline(node, bundles.of_number(node.runtime, neighbour))
    assert verdict.result is Outcome.VALID, verifying.reasons(verdict)
