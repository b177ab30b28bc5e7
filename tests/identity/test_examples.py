"""The examples in docs/formats are what the code makes, byte for byte, and what it accepts."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crypto import canonical, jws, sm2, sm3
from crypto.keys import PublicKey
from identity import (
    approval,
    consent,
    credential,
    issuer,
    status_list,
    step_up,
    trust_list,
    trust_root,
)
from identity.status_list import Status
from tests.identity import samples
from tests.identity.examples import examples
from tests.identity.samples import NOW

PAGES = Path(__file__).parents[2] / "docs" / "formats"
BLOCK = re.compile(
    r"<!-- example: ([a-z-]+) -->\n```[a-z]*\n(.*?)\n^```$", re.DOTALL | re.MULTILINE
)
EXAMPLES = examples()
SHOWN = {
    name: text
    for page in sorted(PAGES.glob("*.md"))
    for name, text in BLOCK.findall(page.read_text("utf-8"))
    if name in EXAMPLES
}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_page_shows_what_the_code_makes(name: str) -> None:
    # If a format was changed on purpose: python scripts/format_examples.py
    assert SHOWN[name] == EXAMPLES[name]


def loaded(name: str) -> Any:
    return canonical.loads(SHOWN[name].encode())


def test_the_shown_record_holds_the_key_of_the_shown_credential() -> None:
    record = issuer.verify(loaded("record"), samples.keys(*samples.REGISTRARS), 2)
    text = SHOWN["credential"].replace("\n", "")

    shown = credential.parse(text)
    credential.check_signature(shown, issuer.key_in_force(record, shown.kid, NOW))

    assert shown.body.issuer == record.id
    assert credential.missing_minimum(shown) == ()
    issuer.accredited(record, shown.body.type, shown.body.level, NOW)
    issuer.check_number(record, shown.body.number)


def test_the_shown_list_opens_under_the_shown_root_and_knows_the_node_of_the_record() -> None:
    root = trust_root.parse(SHOWN["root"].encode())
    opened = trust_list.open(loaded("list"), root, now=NOW, seen=None)
    node = opened.node(samples.RECORD.node)

    assert jws.b64u(root.fingerprint) == SHOWN["root-fingerprint"]
    registrars = node.keys_for("registrar", NOW)
    record = issuer.verify(loaded("record"), registrars, node.registrars)
    node.check_vouches(institution=record.id, region=record.region, types=("honour/1",))


def test_the_shown_status_is_that_of_the_shown_credential() -> None:
    shown = credential.parse(SHOWN["credential"].replace("\n", ""))
    key = samples.ZHENGZHOU.key(samples.kid("status"), "status")
    assertion = status_list.verify_assertion(SHOWN["status-assertion"], key)
    snapshot = status_list.verify_list(SHOWN["status-list"], key, uri=shown.body.status.uri)

    snapshot.check_fresh(NOW + timedelta(minutes=15))
    assert assertion.credential == shown.digest
    assert (assertion.uri, assertion.index) == (shown.body.status.uri, shown.body.status.index)
    assert snapshot.status(shown.body.status.index) is assertion.status is Status.VALID
    assert snapshot.status(17) is Status.INVALID
    assert snapshot.status(423) is Status.SUSPENDED


def test_the_shown_approval_commits_to_the_shown_row() -> None:
    document = SHOWN["approval"].encode()
    manifest = approval.verify(document, samples.private_key("approver").public)
    salt = jws.unb64u(SHOWN["approval-salt"])

    assert manifest.rows[0] == approval.row_commitment(salt, SHOWN["approval-row"].encode())


def test_the_shown_key_signed_the_shown_sign_in() -> None:
    key = PublicKey.from_jwk(loaded("device-key"))
    sm2.verify(key, SHOWN["device-auth"].encode(), jws.unb64u(SHOWN["device-auth-signature"]))


def test_the_shown_act_has_the_shown_challenge() -> None:
    document = SHOWN["action"].encode()
    challenge = SHOWN["action-challenge"]

    assert jws.b64u(sm3.digest(document)) == challenge
    assert jws.b64u(step_up.parse(document).challenge().value) == challenge
    assert SHOWN["action-device"].splitlines()[3] == challenge
    assert loaded("action") == canonical.loads(document)


def test_the_shown_receipt_verifies_without_us() -> None:
    shown = consent.verify(SHOWN["consent"], samples.private_key("consent").public)
    assert shown == samples.CONSENT
