"""Looks for secrets in the files that git keeps: private keys, tokens of known shapes, addresses with a password.

Usage: python tools/secrets_scan.py [FILE…]. Exit code 1 when something was found; the secret itself is not printed. It
knows shapes, not meanings: a password that looks like a word is not found.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHAPES = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "a cloud access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of a code host": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20})\b"),
    "a chat token": re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{20,}"),
    "an address with a password": re.compile(r"\b(?:mailtos?|https?|jsons?)://[^\s:/@\"'`{}<>]+:([^\s/@\"'`{}<>]+)@"),
}
PLACEHOLDERS = re.compile(r"^(?:(?i:pass(?:word|wd)?|secret|mot-?de-?passe|xxx+)|\*+|\.\.\.|…|[A-Z_]+)$")


def findings(text: str) -> list[tuple[int, str]]:
    """(line number, what it looks like) of everything suspicious in a text."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for name, shape in SHAPES.items():
            for match in shape.finditer(line):
                if match.groups() and PLACEHOLDERS.match(match[1]):
                    continue
                found.append((number, name))
    return found


def kept_files() -> list[Path]:
    """Every file under version control, tests apart: they hold invented secrets on purpose."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and not name.startswith("tests/")]


def main(given: list[str]) -> int:
    count = 0
    for path in [Path(name) for name in given] or kept_files():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue  # pictures and other binaries; files deleted but not yet committed
        for number, name in findings(text):
            print(f"{path}:{number}: this looks like {name}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
