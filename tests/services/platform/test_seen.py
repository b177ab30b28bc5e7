"""A row that went back while the process ran is refused."""

import pytest

from services.platform.errors import Tampered
from services.platform.seen import Seen


def test_a_version_below_the_newest_is_refused() -> None:
    seen = Seen()
    seen.check("counter", "a", 1)
    seen.note("counter", "a", 3)
    seen.note("counter", "a", 2)
    seen.check("counter", "a", 3)
    seen.check("counter", "a", 4)
    seen.check("counter", "b", 1)
    seen.check("other", "a", 1)
    with pytest.raises(Tampered, match="row_altered") as caught:
        seen.check("counter", "a", 2)
    assert caught.value.params == {"table": "counter"}
