"""Ways by which a notice leaves the node; each is one class behind one protocol.

A channel is called outside any transaction and may be called again with the same message id
when nobody knows whether the first call arrived: it must not deliver twice what it can tell
apart by that id. A gateway of a mobile operator or of a government app is a class here.
"""

from pathlib import Path
from typing import Protocol

from crypto import canonical
from services.platform import files


class Undelivered(Exception):
    """The channel did not take a message; `code` says why, in words without personal data."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Channel(Protocol):
    """One way out."""

    name: str

    def send(self, message_id: str, address: str, text: str) -> None:
        """Hand over a message. Raises Undelivered."""
        ...  # pragma: no cover


class FileChannel:
    """Writes each message into a file: for the demo, and for a gateway that collects files."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    def send(self, message_id: str, address: str, text: str) -> None:
        """Write `<message id>.json`, readable by the node's account alone."""
        content = canonical.dumps({"address": address, "id": message_id, "text": text})
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.create(self._folder / f"{message_id}.json", content)
        except FileExistsError:
            return  # an earlier attempt arrived
        except OSError as error:
            raise Undelivered("folder_not_writable") from error
