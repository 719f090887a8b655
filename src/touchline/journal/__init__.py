"""The append-only record of everything accepted, and the quarantine beside it. The journal is the truth."""

from touchline.journal.base import Batch, Counts, Entry, Receipt
from touchline.journal.sqlite import Journal

__all__ = ["Batch", "Counts", "Entry", "Journal", "Receipt"]
