"""The append-only record of everything accepted, and the quarantine beside it. The journal is the truth."""

from touchline.journal.base import Append, Batch, Counts, Entry, Journal, Quarantined, Receipt
from touchline.journal.cipher import Cipher
from touchline.journal.opening import open_journal
from touchline.journal.sqlite import SqliteJournal

__all__ = [
    "Append", "Batch", "Cipher", "Counts", "Entry", "Journal", "Quarantined", "Receipt", "SqliteJournal",
    "open_journal",
]  # fmt: skip
