"""Which printed certificate is which known one, and which took the place of which.

Pure, one host at a time. A certificate keeps its row while number or dates show that it is the same; a new cycle, a
later revision, a new number or another certifier in the place of one that left is a succession (`replaces_id`). Two
certificates that are valid side by side are no succession.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.changes import CertificateValues, Difference, activity_set, activity_text, differences, scope_difference
from registry.numbers import later_revision, normalise_number, revision
from registry.state import Certificate

REISSUED_DAYS = 180
"""A new cycle's issue and expiry both lie at least this much later; less is a correction."""
CYCLE_DAYS = 540
"""Without issue dates, an expiry this much later is a new cycle: certificates run for three years."""
CORRECTED_DAYS = 31
"""A successor's term that ends later by no more than this is the remaining term of the old one."""
RENEWAL_DAYS = 400
"""A renewal is issued at most this long before or after the old end."""
_SILENT = ("activities", "document_url", "transparency_url")
_SILENT_IN_RENEWAL = (*_SILENT, "number", "issued_on", "expires_on", "legacy_scopes", "scope", "source_status")

_WEIGHTS = {
    "expires_on": (4, 2), "issued_on": (4, 2), "certifier_id": (2, 2), "activities": (2, 1), "referential": (1, 1),
    "scope": (1, 0), "document_url": (1, 0),
}  # fmt: skip
"""Field → points when both say the same, points off when they say different things."""


@dataclass(frozen=True, slots=True)
class Succession:
    """`new` (an index into the fresh statements, or a certificate that was there) takes the place of `olds`, best
    first. `told` are the changes that this is, for the new certificate."""

    new: int | Certificate
    olds: tuple[Certificate, ...]
    told: tuple[Difference, ...]


def same_certificates(held: Sequence[Certificate], said: Sequence[CertificateValues]) -> list[Certificate | None]:
    """For each printed certificate the known one that it is, or None. `held`: all known ones of the host."""
    if len(held) == len(said) == 1 and held[0].values == said[0]:
        return [held[0]]
    found: list[Certificate | None] = [None] * len(said)
    free = sorted(held, key=_order)
    for step in (_identical, _same_cycle, _same_number, _without_number):
        pairs = sorted(
            (-score, index, place)
            for index, new in enumerate(said)
            if found[index] is None
            for place, old in enumerate(free)
            if (score := step(old, new, len(free) == len(said) == 1)) is not None
        )
        taken: set[int] = set()
        for _, index, place in pairs:
            if found[index] is None and place not in taken:
                found[index] = free[place]
                taken.add(place)
        free = [one for place, one in enumerate(free) if place not in taken]
        if not free or None not in found:
            break
    return found


def _identical(old: Certificate, new: CertificateValues, alone: bool) -> int | None:
    return 1 if old.values == new else None


def _same_cycle(old: Certificate, new: CertificateValues, alone: bool) -> int | None:
    ours, key = old.values, normalise_number(new.number)
    same_dates = (ours.issued_on, ours.expires_on) == (new.issued_on, new.expires_on)
    return similarity(ours, new) if key and normalise_number(ours.number) == key and same_dates else None


def _same_number(old: Certificate, new: CertificateValues, alone: bool) -> int | None:
    key = normalise_number(new.number)
    if not key or normalise_number(old.values.number) != key or new_cycle(old.values, new):
        return None
    return similarity(old.values, new)


def _without_number(old: Certificate, new: CertificateValues, alone: bool) -> int | None:
    if (old.values.number and new.number) or new_cycle(old.values, new):
        return None
    score = similarity(old.values, new)
    if not old.listed:
        return score if score >= 6 else None
    return score if score > 0 or (alone and not old.values.number and not new.number) else None


def similarity(one: CertificateValues, other: CertificateValues) -> int:
    """How much two statements agree; negative when they mostly contradict each other."""
    score = 0
    for name, (gain, loss) in _WEIGHTS.items():
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is not None and theirs is not None:
            score += gain if mine == theirs else -loss
    return score


def new_cycle(old: CertificateValues, new: CertificateValues) -> bool:
    """Whether a statement under the same number is of the next cycle: it was renewed and kept its number."""
    later = _days(old.expires_on, new.expires_on)
    if later is None:
        return False
    reissued = _days(old.issued_on, new.issued_on)
    if reissued is None:
        return later >= CYCLE_DAYS
    return later >= REISSUED_DAYS and reissued >= REISSUED_DAYS


def successions(
    leaving: Sequence[Certificate],
    gone: Sequence[Certificate],
    staying: Sequence[Certificate],
    fresh: Sequence[CertificateValues],
) -> list[Succession]:
    """Who took whose place in one reading.

    `leaving`: listed until now and not printed any more; `gone`: off the list since before, without successor;
    `staying`: printed again, with their new values; `fresh`: printed for the first time.
    """
    olds_of: dict[int, list[Certificate]] = {}
    for old, index in _best_pairs((*leaving, *gone), fresh, _takes_over):
        olds_of.setdefault(index, []).append(old)
    _share(leaving, fresh, olds_of)
    for old, index in _best_pairs(staying, fresh, _revises, skip=olds_of):
        olds_of.setdefault(index, []).append(old)
    placed = {old.id for olds in olds_of.values() for old in olds}
    found = [_succession(index, olds, fresh, olds_of) for index, olds in sorted(olds_of.items())]
    for old in leaving:
        if old.id not in placed and (successor := _earlier_successor(old, staying)) is not None:
            found.append(Succession(successor, (old,), tuple(_renewal(old.values, successor.values))))
    return found


def revised_beside(fresh: Sequence[CertificateValues]) -> list[tuple[int, int]]:
    """(older, newer) among certificates printed for the first time together: revisions of one number, one after the
    other."""
    chain = []
    for newer, new in enumerate(fresh):
        older = [(_revision(old), index) for index, old in enumerate(fresh) if _revision_of(old, new)]
        if older:
            chain.append((max(older)[1], newer))
    return chain


def _best_pairs(
    olds: Sequence[Certificate],
    fresh: Sequence[CertificateValues],
    judge: Callable[[Certificate, CertificateValues], int | None],
    skip: Container[int] = (),
) -> Iterator[tuple[Certificate, int]]:
    """One to one, best pairs first."""
    waiting = sorted(olds, key=_order)
    pairs = sorted(
        (-score, place, index)
        for place, old in enumerate(waiting)
        for index, new in enumerate(fresh)
        if index not in skip and (score := judge(old, new)) is not None
    )
    done: set[int] = set()
    taken: set[int] = set()
    for _, place, index in pairs:
        if place not in done and index not in taken:
            done.add(place)
            taken.add(index)
            yield waiting[place], index


def _order(one: Certificate) -> tuple[bool, tuple[str, ...]]:
    """What decides between equals: on the list first, then by what is said; never by id, which is only a name."""
    return not one.listed, tuple(map(str, one.values))


def _takes_over(old: Certificate, new: CertificateValues) -> int | None:
    """Whether a fresh certificate may stand in the place of one that is off the list; higher is likelier."""
    ours = old.values
    lineage = later_revision(normalise_number(new.number), normalise_number(ours.number))
    if (_days(ours.issued_on, new.issued_on) or 0) < 0:
        return None
    if not lineage and ((_days(ours.expires_on, new.expires_on) or 0) < 0 or _disjoint(ours, new)):
        return None
    if old.delisted_on and not lineage and not (_follows(ours, new) and ours.certifier_id == new.certifier_id):
        return None
    shared = len(activity_set(ours.activities) & activity_set(new.activities))
    closeness = 1000 + _revision(ours) if lineage else 0
    return closeness + 10 * shared + 5 * _follows(ours, new) + 5 * (ours.certifier_id == new.certifier_id)


def _revises(old: Certificate, new: CertificateValues) -> int | None:
    """Of several revisions the last one before is the one that is revised."""
    return _revision(old.values) if _revision_of(old.values, new) else None


def _revision(values: CertificateValues) -> int:
    found = revision(normalise_number(values.number))
    return found[1] if found else 0


def _revision_of(old: CertificateValues, new: CertificateValues) -> bool:
    """Whether `new` is a later revision of the same number, issued later, for activities that are not other ones."""
    return (
        later_revision(normalise_number(new.number), normalise_number(old.number))
        and (_days(old.issued_on, new.issued_on) or 0) > 0
        and not _disjoint(old, new)
    )


def _share(
    leaving: Sequence[Certificate], fresh: Sequence[CertificateValues], olds_of: dict[int, list[Certificate]]
) -> None:
    """One certificate replaced by several that divide its activities, or several by one that holds them all."""
    for index, new in enumerate(fresh):
        if index in olds_of:
            continue
        for old in leaving:
            heirs = [place for place, olds in olds_of.items() if old in olds]
            left = activity_set(old.values.activities).difference(
                *(activity_set(fresh[place].activities) for place in heirs)
            )
            if heirs and left & activity_set(new.activities) and _takes_over(old, new) is not None:
                olds_of[index] = [old]
                break
    placed = {old.id for olds in olds_of.values() for old in olds}
    for old in leaving:
        held = activity_set(old.values.activities)
        if old.id in placed or not held:
            continue
        for index in sorted(olds_of):
            if held <= activity_set(fresh[index].activities) and _takes_over(old, fresh[index]) is not None:
                olds_of[index].append(old)
                break


def _earlier_successor(old: Certificate, staying: Sequence[Certificate]) -> Certificate | None:
    """A certificate that was printed beside `old` before, holds all its activities, and began as `old` was ending."""
    held = activity_set(old.values.activities)
    fitting = [
        one
        for one in staying
        if (_days(old.values.issued_on, one.values.issued_on) or 0) > 0
        and (_days(old.values.expires_on, one.values.expires_on) or 0) > 0
        and held
        and held <= activity_set(one.values.activities)
        and _follows(old.values, one.values)
    ]
    return min(fitting, key=lambda one: (-similarity(old.values, one.values), _order(one)), default=None)


def _succession(
    index: int,
    olds: Sequence[Certificate],
    fresh: Sequence[CertificateValues],
    olds_of: Mapping[int, Sequence[Certificate]],
) -> Succession:
    new, best = fresh[index], olds[0]
    told = list(_renewal(best.values, new))
    together = [place for place, others in olds_of.items() if any(old in olds for old in others)]
    if index == min(together):
        told += _scope_told([old.values for old in olds], [fresh[place] for place in together])
    return Succession(index, tuple(olds), tuple(told))


def _scope_told(olds: Sequence[CertificateValues], news: Sequence[CertificateValues]) -> Iterator[Difference]:
    if all(one.activities for one in (*olds, *news)):
        yield from scope_difference(_union(olds), _union(news))
    else:
        yield from scope_difference(olds[0].activities, news[0].activities)


def _union(statements: Iterable[CertificateValues]) -> str | None:
    return activity_text(frozenset().union(*(activity_set(one.activities) for one in statements)))


def _renewal(old: CertificateValues, new: CertificateValues) -> Iterator[Difference]:
    """What a succession is, but for the scope: a renewal when the new term ends later, else a transfer or a new
    number. What goes without saying with a new certificate (its number, dates, links) is not told besides."""
    later, reissued = _days(old.expires_on, new.expires_on), _days(old.issued_on, new.issued_on)
    renewed = later > CORRECTED_DAYS if later is not None else (reissued or 0) >= REISSUED_DAYS
    if renewed:
        yield Difference("CERTIFICATE_RENEWED", "expires_on", old.expires_on, new.expires_on)
        yield from differences(old, new, *_SILENT_IN_RENEWAL)
    elif old.certifier_id != new.certifier_id:
        yield from differences(old, new, "number", "issued_on", *_SILENT)
    else:
        yield from differences(old, new, "issued_on", *_SILENT)


def _follows(old: CertificateValues, new: CertificateValues) -> bool:
    gap = _days(old.expires_on, new.issued_on)
    return gap is not None and abs(gap) <= RENEWAL_DAYS


def _disjoint(one: CertificateValues, other: CertificateValues) -> bool:
    return bool(
        one.activities and other.activities and not activity_set(one.activities) & activity_set(other.activities)
    )


def _days(earlier: str | None, later: str | None) -> int | None:
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days if earlier and later else None
