"""Every table of a node: importing this module puts all of them on METADATA.

The tuple is used, not only imported, so that no clean-up takes an import away: Alembic would
then propose to drop its tables.
"""

from ledger import tables as ledger_tables
from services.accounts import tables as accounts_tables
from services.audit import tables as audit_tables
from services.authority import tables as authority_tables
from services.honours import tables as honours_tables
from services.honours.first_steps import tables as first_steps_tables
from services.honours.paper import tables as paper_tables
from services.honours.remarks import tables as remarks_tables
from services.notices import tables as notices_tables
from services.platform import tables as platform_tables
from services.platform.db import METADATA
from services.platform.jobs import tables as jobs_tables
from services.registry import tables as registry_tables
from services.reports import tables as reports_tables
from services.status import tables as status_tables
from services.uploads import tables as uploads_tables

MODULES = (
    ledger_tables,
    platform_tables,
    jobs_tables,
    accounts_tables,
    audit_tables,
    registry_tables,
    reports_tables,
    status_tables,
    uploads_tables,
    notices_tables,
    authority_tables,
    honours_tables,
    paper_tables,
    remarks_tables,
    first_steps_tables,
)

__all__ = ["METADATA", "MODULES"]
