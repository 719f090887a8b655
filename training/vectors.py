"""Sentence vectors of the large encoder, kept on disk so that each text is encoded once."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from touchline.understanding.encoder import Encoder

CACHE: Final = Path(os.environ.get("TOUCHLINE_TRAINING_CACHE", Path(__file__).parents[1] / "training-out")) / "vectors"
_AT_ONCE: Final = 4_000
_encoder: list[Encoder] = []


def _key(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=12).digest()


def _encode(texts: Sequence[str]) -> npt.NDArray[np.float16]:
    if not _encoder:
        from touchline.understanding.encoder import Encoder

        _encoder.append(Encoder())
    return _encoder[0].encode(texts).astype(np.float16)


def vectors(texts: Iterable[str], *, told: bool = True) -> npt.NDArray[np.float32]:
    """Return one vector per text, shape (texts, 384); what was encoded before is read from disk."""
    texts = list(texts)
    CACHE.mkdir(parents=True, exist_ok=True)
    known: dict[bytes, npt.NDArray[np.float16]] = {}
    for file in sorted(CACHE.glob("*.npz")):
        with np.load(file) as held:
            known.update(zip([bytes(key) for key in held["keys"]], held["rows"], strict=True))
    missing = [text for text in dict.fromkeys(texts) if _key(text) not in known]
    missing.sort(key=len)  # texts of one length are encoded together
    runs = [missing[at : at + _AT_ONCE] for at in range(0, len(missing), _AT_ONCE)]
    start = time.perf_counter()
    if runs:
        with ProcessPoolExecutor(os.cpu_count()) as workers:
            for number, (run, rows) in enumerate(zip(runs, workers.map(_encode, runs), strict=True), 1):
                keys = np.array([list(_key(text)) for text in run], dtype=np.uint8)
                digest = blake2b(keys.tobytes(), digest_size=8).hexdigest()
                np.savez(CACHE / f"{digest}.npz", keys=keys, rows=rows)
                known.update(zip([bytes(key) for key in keys], rows, strict=True))
                if told:
                    print(f"encoded {number}/{len(runs)} runs, {time.perf_counter() - start:.0f} s", flush=True)
    return np.array([known[_key(text)] for text in texts], dtype=np.float32).reshape(len(texts), 384)
