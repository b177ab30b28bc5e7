"""Certificates, lists and status answers between us and OpenSSL, in both directions.

The openssl command of 3.0 takes the ID of SM2 for the certificate it is asked about, not for the
ones above it, nor for lists and answers: those are verified over their signed bytes. The newer
OpenSSL behind `cryptography` walks whole ways and applies lists by itself.
"""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from OpenSSL import crypto as newer

from crypto import certificate, certificate_request, chain, crl, ocsp, pkcs8, sm2
from crypto.chain import Sources
from crypto.crl import Entry, RevocationList
from crypto.extensions import Usage
from crypto.keys import PublicKey
from crypto.ocsp import Answer
from crypto.revocation import Outcome, Reason, Revoked, Standing
from crypto.signed import Signed
from tests.crypto import authority
from tests.crypto.authority import NOW, Party
from tests.crypto.samples import ID_OPTION, openssl

ID = ("-sigopt", ID_OPTION)
WEEK = timedelta(days=7)
ROOT, ISSUING, PERSON = authority.root(), authority.issuing(), authority.person()
SERIAL = PERSON.certificate.fields.serial
FOREIGN = authority.below(
    ISSUING,
    3,
    authority.name("E417KQ2M9XW4HD0RT4", node="other.example"),
    PERSON.certificate.fields.extensions,
)
LIST = RevocationList.issue(
    ISSUING.certificate,
    [Entry(SERIAL, Revoked(NOW, Reason.SUPERSEDED)), Entry(7, Revoked(NOW))],
    number=12,
    this_update=NOW,
    next_update=NOW + WEEK,
    sign=ISSUING.sign,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with certificates and keys of everybody."""
    for make in (
        authority.root,
        authority.issuing,
        authority.person,
        authority.secrecy,
        authority.responder,
    ):
        party = make()
        (tmp_path / f"{make.__name__}.pem").write_text(party.certificate.pem)
        (tmp_path / f"{make.__name__}.key").write_text(pkcs8.dump(party.private))
    (tmp_path / "foreign.pem").write_text(FOREIGN.certificate.pem)
    (tmp_path / "list.pem").write_text(LIST.pem)
    return tmp_path


def verified(folder: Path, signed: Signed, key: PublicKey) -> bool:
    """Return whether the openssl command verifies the signature over the signed bytes."""
    (folder / "by.pem").write_text(key.pem)
    (folder / "signature").write_bytes(sm2.to_der(signed.signature))
    said = openssl(
        "dgst", "-sm3", "-verify", folder / "by.pem", *ID, "-signature", folder / "signature",
        data=signed.content,
    )  # fmt: skip
    return said == b"Verified OK\n"


# ours, verified by OpenSSL


@pytest.mark.parametrize(
    ("name", "issuer"),
    [
        ("root", "root"),
        ("issuing", "root"),
        ("person", "issuing"),
        ("secrecy", "issuing"),
        ("responder", "issuing"),
    ],
)
def test_the_command_verifies_each_certificate(name: str, issuer: str, folder: Path) -> None:
    options = ["-vfyopt", ID_OPTION, "-partial_chain", "-x509_strict"]
    options += ["-attime", str(int(NOW.timestamp())), "-CAfile", str(folder / f"{issuer}.pem")]
    said = openssl("verify", *options, folder / f"{name}.pem")
    assert said.endswith(b": OK\n")


def test_the_command_verifies_the_roots_own_signature(folder: Path) -> None:
    assert verified(folder, ROOT.certificate.signed, ROOT.private.public)


def test_the_command_reads_what_a_person_may(folder: Path) -> None:
    text = openssl("x509", "-in", folder / "person.pem", "-noout", "-text").decode()

    for line in (
        "SM2-with-SM3",
        "Digital Signature, Non Repudiation",
        f"Policy: {authority.POLICY.oid}",
        f"Explicit Text: {authority.POLICY.notice}",
        "CA:FALSE",
        "1.3.6.1.5.5.7.3.36",
        "URI:http://kexin.zz.example/ca/issuing.crl",
        "OCSP - URI:http://kexin.zz.example/ca/ocsp",
        "CA Issuers - URI:http://kexin.zz.example/ca/issuing.cer",
    ):
        assert line in text
    text = openssl("x509", "-in", folder / "issuing.pem", "-noout", "-text").decode()
    assert "CA:TRUE, pathlen:0" in text
    assert "DirName:C" in text


def test_the_command_verifies_a_request(folder: Path) -> None:
    request = certificate_request.make(authority.name("x"), PERSON.private.public, PERSON.sign)
    (folder / "request.pem").write_text(request.pem)
    openssl("req", "-in", folder / "request.pem", "-noout", "-verify", "-vfyopt", ID_OPTION)


def test_the_command_reads_a_list_and_verifies_its_signature(folder: Path) -> None:
    text = openssl("crl", "-in", folder / "list.pem", "-noout", "-text").decode()

    for line in ("Version 2", "SM2-with-SM3", f"Serial Number: {SERIAL:04X}", "Superseded"):
        assert line in text
    assert verified(folder, LIST.signed, ISSUING.private.public)


@pytest.mark.parametrize("by", [authority.responder(), ISSUING], ids=["responder", "issuer"])
def test_the_command_reads_an_answer_and_verifies_its_signature(by: Party, folder: Path) -> None:
    question = ocsp.ask(SERIAL, ISSUING.certificate, bytes(range(32)))
    (folder / "question").write_bytes(question.der())
    text = openssl("ocsp", "-reqin", folder / "question", "-req_text", "-noverify").decode()
    assert "Hash Algorithm: sm3" in text
    assert f"Serial Number: {SERIAL:04X}" in text

    standing = Standing(Outcome.REVOKED, NOW, NOW + WEEK, Revoked(NOW, Reason.KEY_COMPROMISE))
    answer = Answer.issue(
        question, standing, responder=by.certificate, produced_at=NOW, sign=by.sign
    )
    (folder / "answer").write_bytes(answer.der())
    text = openssl("ocsp", "-respin", folder / "answer", "-resp_text", "-noverify").decode()
    for line in ("successful (0x0)", "Cert Status: revoked", "keyCompromise (0x1)"):
        assert line in text
    assert verified(folder, answer.signed, by.private.public)
    said = openssl(
        "ocsp", "-respin", folder / "answer", "-reqin", folder / "question", "-issuer",
        folder / "issuing.pem", "-sm3", "-cert", folder / "person.pem", "-noverify",
    )  # fmt: skip
    assert b"revoked" in said


def walked(first: Party, *, revoked: RevocationList | None = None) -> None:
    """Let the newer OpenSSL walk from a certificate to the root."""
    store = newer.X509Store()
    store.add_cert(loaded(ROOT))
    store.set_time(NOW.replace(tzinfo=None))
    if revoked is not None:
        from cryptography import x509

        store.add_crl(x509.load_pem_x509_crl(revoked.pem.encode()))
        store.set_flags(newer.X509StoreFlags.CRL_CHECK)
    newer.X509StoreContext(store, loaded(first), [loaded(ISSUING)]).verify_certificate()


def loaded(party: Party) -> newer.X509:
    return newer.load_certificate(newer.FILETYPE_PEM, party.certificate.pem.encode())


def test_the_newer_library_walks_the_whole_way() -> None:
    for party in (PERSON, authority.secrecy(), authority.responder()):
        walked(party)
    walked(authority.secrecy(), revoked=LIST)


def test_the_newer_library_refuses_what_we_refuse() -> None:
    with pytest.raises(newer.X509StoreContextError, match="revoked"):
        walked(PERSON, revoked=LIST)
    with pytest.raises(newer.X509StoreContextError, match="permitted subtree violation"):
        walked(FOREIGN)
    forged = Party(
        certificate.Certificate.issue(PERSON.certificate.fields, ROOT.sign), ROOT.private
    )
    with pytest.raises(newer.X509StoreContextError, match="signature"):
        walked(forged)


# theirs, read and verified by us


CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
C = CN
O = Other Authority
CN = Root
[root]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
nameConstraints = critical, permitted;dirName:subtree
certificatePolicies = 1.2.3.4, @practice
[subtree]
C = CN
O = Other Authority
[practice]
policyIdentifier = 1.2.3.5
CPS.1 = http://other.example/cps
userNotice.1 = @notice
[notice]
explicitText = UTF8:说明
[person]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always, issuer:always
basicConstraints = CA:false
keyUsage = critical, digitalSignature, nonRepudiation
crlDistributionPoints = URI:http://other.example/1.crl
authorityInfoAccess = OCSP;URI:http://other.example/ocsp
subjectAltName = email:nobody@other.example
[status]
authorityKeyIdentifier = keyid:always
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = yes
[ca]
default_ca = authority
[authority]
database = index.txt
crlnumber = number
default_md = sm3
default_crl_days = 30
crl_extensions = crl
[crl]
authorityKeyIdentifier = keyid:always
"""


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority that the openssl command made: root, person, responder, requests."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command")
    folder = tmp_path_factory.mktemp("theirs")
    settings = folder / "settings"
    settings.write_text(CONFIGURATION.replace("index.txt", str(folder / "index.txt"))
                        .replace("= number", f"= {folder / 'number'}"))  # fmt: skip
    for name in ("root", "person", "status"):
        openssl("genpkey", "-algorithm", "SM2", "-out", folder / f"{name}.key")
        subject = f"/C=CN/O=Other Authority/CN={name}"
        openssl(
            "req", "-new", "-config", settings, "-utf8", "-subj", subject, "-key",
            folder / f"{name}.key", "-sm3", *ID, "-out", folder / f"{name}.req",
        )  # fmt: skip
    openssl(
        "x509", "-req", "-in", folder / "root.req", "-key", folder / "root.key", "-sm3", *ID,
        "-vfyopt", ID_OPTION, "-days", "3650", "-extfile", settings, "-extensions", "root",
        "-out", folder / "root.pem",
    )  # fmt: skip
    for serial, name in ((0x1001, "person"), (0x1002, "status")):
        openssl(
            "x509", "-req", "-in", folder / f"{name}.req", "-CA", folder / "root.pem", "-CAkey",
            folder / "root.key", "-sm3", *ID, "-vfyopt", ID_OPTION, "-days", "365", "-extfile",
            settings, "-extensions", name, "-set_serial", str(serial),
            "-out", folder / f"{name}.pem",
        )  # fmt: skip
    return folder


def read(folder: Path, name: str) -> certificate.Certificate:
    return certificate.parse_pem((folder / f"{name}.pem").read_text())


def moment(folder: Path) -> datetime:
    """Return a time at which their certificates hold: an hour after they were made."""
    return read(folder, "person").fields.not_before + timedelta(hours=1)


def test_we_walk_their_way(theirs: Path) -> None:
    root, person = read(theirs, "root"), read(theirs, "person")
    found = chain.verify(person, trusted=[root], now=moment(theirs), usage=Usage.NON_REPUDIATION)
    root.signed.verify(root.fields.key)

    assert found.certificates == (person, root)
    assert person.fields.extensions.crl_urls == ("http://other.example/1.crl",)
    assert person.fields.extensions.unknown == {"2.5.29.17"}
    assert [each.notice for each in root.fields.extensions.policies] == [None, "说明"]
    constraints = root.fields.extensions.constraints
    assert constraints is not None
    assert person.fields.subject.within(constraints.permitted[0])


def test_we_take_their_requests(theirs: Path) -> None:
    request = certificate_request.verify_pem((theirs / "person.req").read_text())
    assert request.key == read(theirs, "person").fields.key
    assert str(request.subject) == "C=CN, O=Other Authority, CN=person"


def index(theirs: Path, mark: str) -> None:
    """Write their register: one certificate, valid or revoked."""
    since = moment(theirs).strftime("%y%m%d%H%M%SZ")
    revoked = f"{since},keyCompromise" if mark == "R" else ""
    (theirs / "index.txt").write_text(
        f"{mark}\t491231000000Z\t{revoked}\t1001\tunknown\t/CN=person\n"
    )
    (theirs / "number").write_text("07\n")


@pytest.mark.parametrize(("mark", "outcome"), [("V", Outcome.GOOD), ("R", Outcome.REVOKED)])
def test_we_read_their_list(mark: str, outcome: Outcome, theirs: Path) -> None:
    index(theirs, mark)
    text = openssl(
        "ca", "-gencrl", "-config", theirs / "settings", "-keyfile", theirs / "root.key",
        "-cert", theirs / "root.pem", *ID,
    ).decode()  # fmt: skip
    revoked = crl.parse_pem(text)
    found = chain.verify(
        read(theirs, "person"), trusted=[read(theirs, "root")], now=moment(theirs),
        usage=Usage.DIGITAL_SIGNATURE, sources=Sources([revoked]),
    )  # fmt: skip

    assert revoked.number == 7
    assert found.standing.outcome is outcome


@pytest.mark.parametrize(("mark", "outcome"), [("V", Outcome.GOOD), ("R", Outcome.REVOKED)])
@pytest.mark.parametrize("signer", ["status", "root"])
def test_we_read_their_answer(mark: str, outcome: Outcome, signer: str, theirs: Path) -> None:
    index(theirs, mark)
    root, person = read(theirs, "root"), read(theirs, "person")
    question = ocsp.ask(person.fields.serial, root, bytes(range(16)))
    (theirs / "question").write_bytes(question.der())
    openssl(
        "ocsp", "-index", theirs / "index.txt", "-CA", theirs / "root.pem", "-rsigner",
        theirs / f"{signer}.pem", "-rkey", theirs / f"{signer}.key", "-rmd", "sm3", "-rsigopt",
        ID_OPTION, "-reqin", theirs / "question", "-respout", theirs / "answer", "-ndays", "3",
    )  # fmt: skip
    answer = ocsp.parse((theirs / "answer").read_bytes())
    found = chain.verify(
        person, trusted=[root], now=moment(theirs), usage=Usage.DIGITAL_SIGNATURE,
        sources=Sources(answers=[(question, answer)]),
    )  # fmt: skip
    assert found.standing.outcome is outcome


def test_we_read_their_question(theirs: Path) -> None:
    openssl(
        "ocsp", "-issuer", theirs / "root.pem", "-sm3", "-cert", theirs / "person.pem",
        "-reqout", theirs / "asked",
    )  # fmt: skip
    question = ocsp.parse_question((theirs / "asked").read_bytes())
    assert question.certificate.serial == 0x1001
    assert question.certificate.issued_by(read(theirs, "root"))
    assert question.nonce is not None


def test_a_certificate_of_ours_is_pem(folder: Path) -> None:
    data = openssl("x509", "-in", folder / "person.pem", "-outform", "DER")
    assert data == PERSON.certificate.der()
