"""The examples of docs/formats, built by the code they document."""

import json
from collections.abc import Mapping

from crypto import canonical, jws
from crypto.canonical import Json
from identity import approval, status_pack
from identity.factors import device_key
from tests.identity import samples


def examples() -> Mapping[str, str]:
    """Return the text of each example by its name in the pages."""
    unsigned = samples.build()
    credential = samples.sign(unsigned)
    return {
        "credential": credential.replace("~", "~\n").rstrip(),
        "credential-header": _protected(credential.split(".")[0]),
        "credential-payload": _pretty(unsigned.payload),
        "credential-disclosures": "\n".join(
            jws.unb64u(text).decode() for text in unsigned.disclosures
        ),
        "approval": samples.sealed_approval().decode(),
        "approval-payload": _shown(samples.APPROVAL.to_json()),
        "approval-row": approval.issue_row(samples.STATEMENT, 0).decode(),
        "approval-salt": jws.b64u(samples.SALTS[0]),
        "approval-change": approval.change_row(samples.CHANGE).decode(),
        "status-list": samples.status_token(),
        "status-list-payload": _token_payload(samples.status_token()),
        "status-assertion": samples.assertion_token(),
        "status-assertion-payload": _token_payload(samples.assertion_token()),
        "status-pack": samples.pack().decode(),
        "status-pack-statement": _token_payload(status_pack.parse(samples.pack()).statement),
        "record": canonical.dumps(samples.sealed_record()).decode(),
        "record-payload": _shown(samples.RECORD.to_json()),
        "root": samples.ROOT.to_bytes().decode(),
        "root-fingerprint": jws.b64u(samples.ROOT.fingerprint),
        "list": canonical.dumps(samples.sealed_list()).decode(),
        "list-payload": _shown(samples.LIST.to_json()),
        "consent": samples.consent_token(),
        "consent-payload": _token_payload(samples.consent_token()),
        "device-auth": samples.AUTH.decode(),
        "device-key": canonical.dumps(samples.private_key("device").public.jwk()).decode(),
        "device-auth-signature": jws.b64u(samples.signer("device")(samples.AUTH)),
        "action": samples.ACT.encode().decode(),
        "action-shown": _pretty(samples.ACT.encode()),
        "action-challenge": jws.b64u(samples.ACT.challenge().value),
        "action-device": device_key.auth_message(
            samples.SITE,
            samples.ACT.challenge(),
            action=samples.ACT.action.value,
            payload=samples.ACT.payload,
        ).decode(),
    }


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)


def _pretty(payload: bytes) -> str:
    return _shown(json.loads(payload))


def _protected(text: str) -> str:
    return jws.unb64u(text).decode()


def _token_payload(token: str) -> str:
    return _pretty(jws.parse_compact(token).payload)
