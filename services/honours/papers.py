"""What numbers and codes of honour certificates stand for (services.evidence.papers)."""

from dataclasses import dataclass

from identity import codes
from identity.status_list import Status
from services.evidence.papers import VALID, WAITING, Brief
from services.honours import bundles, queries, standing, trial
from services.platform.work import Runtime
from services.registry import records

_STATUS = {
    Status.VALID: VALID,
    Status.SUSPENDED: "suspended",
    Status.INVALID: "revoked",
    Status.SUPERSEDED: "superseded",
}


@dataclass(frozen=True, slots=True)
class HonourPapers:
    """The paper that this node's institutions issued."""

    runtime: Runtime

    def brief(self, number: str) -> Brief | None:
        """Return what a number alone tells; None if there is no such certificate.

        Raises Tampered: nobody who can write the database tells strangers how it stands.
        """
        with self.runtime.reading() as work:
            row = queries.certificate(work.session, number)
            if row is None:
                return None
            status = standing.statuses(work, [row])[number]
            waits = status is Status.VALID and not standing.is_anchored(work, row)
            issuer, _ = records.newest(work, row["institution_id"])
        return Brief(
            number=number,
            issuer_zh=issuer.name_zh,
            issuer_en=issuer.name_en,
            telephone=issuer.telephone,
            year=codes.parse_number(number).year,
            status=WAITING if waits else _STATUS[status],
        )

    def bundle(self, code: str, number: str | None) -> bytes:
        """Return the bundle that a code stands for, with the least disclosures."""
        if code == trial.CODE:
            nobody = codes.new_institution_id(
                self.runtime.settings.node_region, self.runtime.random
            )
            return trial.of_nobody(nobody, self.runtime.clock(), self.runtime.random)
        return bundles.of_code(self.runtime, code, number)
