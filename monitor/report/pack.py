"""Writes an evidence pack: one folder with an index, a page and a JSON file a contract, the captured source pages and
`SHA256SUMS`. Written aside and moved into place whole, so a pack is never half there.

Owns the folder's layout. The bytes of captured pages come from the caller, by sha256.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from monitor.report.material import CapturedPage, Material, MaterialReader
from monitor.report.pages import contract_page, index_page, texts
from monitor.report.verify import SUMS, is_pack
from monitor.verdicts import CheckResult, ContractVerdict
from registry.errors import ConfigurationError, StorageError
from registry.text import slug

PageBytes = Callable[[str], bytes | None]
"""sha256 → the captured bytes, or None when they are not kept here."""


def write_pack(result: CheckResult, out: Path, page_bytes: PageBytes, language: str) -> dict[str, str]:
    """Writes the pack and returns contract id → file name without extension.

    `out` must not exist, be empty, or hold an earlier pack that is intact: that one is replaced. A new folder is its
    owner's alone (0700): a pack says what the organisation contracted. Raises
    ConfigurationError otherwise, and StorageError when it can't be written.
    """
    _refuse_foreign(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise ConfigurationError(f"{out.parent}: cannot be written ({error.strerror})") from error
    try:
        names = _fill(draft, result, page_bytes, language)
        if out.exists():
            draft.chmod(out.stat().st_mode)  # who else may read it was decided by a person
            shutil.rmtree(out)
        os.rename(draft, out)
    except OSError as error:
        raise StorageError(f"{out}: the report could not be written ({error.strerror})") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return names


def _refuse_foreign(out: Path) -> None:
    if not out.exists() or (out.is_dir() and (not any(out.iterdir()) or is_pack(out))):
        return
    raise ConfigurationError(
        f"--out {out}: expected a folder that is new, empty or an unchanged earlier report, found something else; "
        "give another folder"
    )


def _fill(folder: Path, result: CheckResult, page_bytes: PageBytes, language: str) -> dict[str, str]:
    (folder / "contracts").mkdir()
    names = file_names([one.contract.id for one in result.contracts])
    kept: dict[str, bool] = {}
    assert result.snapshot.path is not None
    with MaterialReader(result.snapshot.path) as reader:
        for one in result.contracts:
            material = reader.of(one.match.host) if one.match.host else Material()
            for page in material.pages:
                if page.sha256 not in kept:
                    kept[page.sha256] = _keep(folder, page, page_bytes)
            here = {sha256 for sha256, there in kept.items() if there}
            base = folder / "contracts" / names[one.contract.id]
            _write(base.with_name(base.name + ".html"), contract_page(result, one, material, here, language))
            _write(base.with_name(base.name + ".json"), _json(contract_json(result, one, material, here, language)))
    _write(folder / "index.html", index_page(result, names, language))
    _write(folder / "index.json", _json(_index(result, names, language)))
    _write(folder / SUMS, _sums(folder))
    return names


def file_names(ids: list[str]) -> dict[str, str]:
    """Contract id → a name that is safe on every file system; ids that would collide get a piece of their hash."""
    plain = {one: slug(one) for one in ids}
    return {
        one: name if name == one else f"{name or 'contract'}-{hashlib.sha256(one.encode()).hexdigest()[:8]}"
        for one, name in plain.items()
    }


def contract_json(
    result: CheckResult, one: ContractVerdict, material: Material, kept: set[str], language: str
) -> dict[str, Any]:
    """What the page says, for programs: the check's own JSON, the contract, rules, history and proofs."""
    contract = one.contract
    rules = texts(language)["rules"]
    return {
        "checked_on": result.on.isoformat(),
        "organisation": result.watchlist.organisation,
        "registry": result.registry.as_json(),
        "contract": {
            "id": contract.id,
            "activities": sorted(contract.activities),
            "starts_on": contract.starts_on.isoformat() if contract.starts_on else None,
            "ends_on": contract.ends_on.isoformat() if contract.ends_on else None,
            "notice_days": contract.notice_days,
            "criticality": contract.criticality,
        },
        "result": one.as_json(language, result.snapshot),
        "rules": {str(finding.code): rules[str(finding.code)] for finding in one.findings},
        "changes": [{name: getattr(change, name) for name in change.__slots__} for change in material.changes],
        "contradictions": [{name: getattr(row, name) for name in row.__slots__} for row in material.contradictions],
        "pages": [
            {
                "sha256": page.sha256,
                "url": page.url,
                "fetched_at": page.fetched_at,
                "media_type": page.media_type,
                "proves": list(page.proves),
                "file": f"pages/{page.file_name}" if page.sha256 in kept else None,
            }
            for page in material.pages
        ],
    }


def _index(result: CheckResult, names: dict[str, str], language: str) -> dict[str, Any]:
    return {
        "schema": "hdswatch-report/1",
        "language": language,
        "checked_on": result.on.isoformat(),
        "organisation": result.watchlist.organisation,
        "registry": result.registry.as_json(),
        "summary": result.summary,
        "contracts": [
            {"id": one.contract.id, "verdict": str(one.verdict), "file": f"contracts/{names[one.contract.id]}.html"}
            for one in result.contracts
        ],
    }


def _keep(folder: Path, page: CapturedPage, page_bytes: PageBytes) -> bool:
    body = page_bytes(page.sha256)
    if body is None:
        return False
    (folder / "pages").mkdir(exist_ok=True)
    (folder / "pages" / page.file_name).write_bytes(body)
    return True


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _sums(folder: Path) -> str:
    """As `sha256sum` prints and checks them, by path."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in files)
