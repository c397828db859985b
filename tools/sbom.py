"""Writes a CycloneDX 1.5 bill of materials from the pinned constraints: name, version and package URL of each part.

Usage: python tools/sbom.py constraints.txt OUT.json. Reads nothing but its input, so that the same constraints give the
same file. It lists everything pinned there, what only developing and testing need included.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from pathlib import Path

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;]+)")
ROOT = Path(__file__).resolve().parent.parent


def bill(constraints: str, name: str, version: str) -> dict[str, object]:
    """The document. Raises ValueError naming a line that pins nothing."""
    components = []
    for number, line in enumerate(constraints.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = PIN.match(line)
        if not found:
            raise ValueError(f"line {number}: expected NAME==VERSION, found {line!r}")
        part, pinned = re.sub(r"[-_.]+", "-", found[1]).lower(), found[2]
        purl = f"pkg:pypi/{part}@{pinned}"
        components.append({"type": "library", "bom-ref": purl, "name": part, "version": pinned, "purl": purl})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name + version + constraints)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": name, "name": name, "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
    }  # fmt: skip


def main(source: str, target: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    document = bill(Path(source).read_text(encoding="utf-8"), project["name"], project["version"])
    Path(target).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
