"""The walk over one source: from a start page to every page of its list, each once.

A generator that asks for pages (`Ask`) and is sent answers (`Page`, or `Missing` for an optional ask). It does no input
or output itself: the spider drives it over HTTP, `crawler.replay` over stored evidence, tests over a dictionary.
Announced navigation that can't be followed, pages that repeat each other and letters that answer nothing are doubts:
a walk with doubts is not complete, and a list that is not complete is never accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace

from crawler.spiders import data_links, details, drupal, letters, offers, pagers
from crawler.spiders.addresses import page_key, parameters, same_site
from crawler.spiders.drupal import AjaxView
from crawler.spiders.letters import ALL, LetterIndex, Link
from crawler.spiders.reading import Line, Reader, ReadPage, read_page, set_entries
from crawler.spiders.shapes import Ask, Missing, Page, Purpose, Walked
from registry.errors import SourceError
from registry.models import Problem
from registry.text import fold

Answer = Page | Missing
Steps = Generator[Ask, Answer, "ReadPage | Missing"]
MAX_OFFERS = 12
"""Possibilities tried on a page that holds no rows."""


@dataclass(frozen=True)
class Way:
    """How links of a list are followed: as they stand, or through a Drupal view with the parameters gathered so far."""

    view: AjaxView | None = None
    given: tuple[tuple[str, str], ...] = ()
    post: bool = False

    def ask(self, link: Link, purpose: Purpose) -> Ask | None:
        if self.view is not None:
            given = dict(self.given) | self.view.parameters_of(link)
            return self.view.ask(purpose, given, label=link.label, post=self.post)
        if link.url is None:
            return None
        return Ask(link.url, purpose, link.label, link.method, link.form)

    def through(self, link: Link) -> Way:
        """The way to the pages below a link: a letter's parameters stay when its second page is asked."""
        if self.view is None:
            return self
        return replace(self, given=tuple((dict(self.given) | self.view.parameters_of(link)).items()))


@dataclass
class Facet:
    """A chain of pages: the whole list, or what one letter shows."""

    label: str
    pages: list[ReadPage] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    repeats: bool = False
    """A page showed again what another of the chain had shown."""
    promised: int | None = None

    @property
    def lines(self) -> list[Line]:
        return [line for page in self.pages for line in page.lines]

    @property
    def content(self) -> Counter[object]:
        total: Counter[object] = Counter()
        for page in self.pages:
            total += page.content
        return total

    @property
    def filled(self) -> bool:
        return any(page.filled for page in self.pages)

    @property
    def declared(self) -> int | None:
        return (
            self.promised
            if self.promised is not None
            else next((page.declared_total for page in self.pages if page.declared_total is not None), None)
        )


class Walk:
    """One walk. `follow=False` reads the start page only and doubts whatever that page announces (a local file)."""

    def __init__(self, source: str, start: str, reader: Reader, *, max_pages: int = 5_000, follow: bool = True) -> None:
        self.source = source
        self.start = start
        self.reader = reader
        self.max_pages = max_pages
        self.follow = follow
        self.pages: list[ReadPage] = []
        self.seen: set[str] = set()
        self.notes: list[Problem] = []
        self.doubts: list[str] = []
        self._left = 0

    def run(self) -> Generator[Ask, Answer, Walked]:
        """The walk itself. Returns what it came to; raises SourceError when the start is not a page with a list."""
        landing = yield from self._get(Ask(self.start, "landing"))
        assert isinstance(landing, ReadPage)
        lines, total = yield from self._list(landing, [Way()])
        if not lines:
            lines, total = yield from self._elsewhere(landing)
        else:
            lines, total = yield from self._stated_file(landing, lines, total)
        lines = yield from self._with_details(lines)
        return self._conclude(lines, total)

    # --- asking -------------------------------------------------------------------------------------------------------

    def _get(self, ask: Ask, base: str | None = None) -> Steps:
        if len(self.pages) >= self.max_pages:
            raise SourceError(
                "too_many_pages",
                f"{self.start}: expected at most {self.max_pages} pages (crawl.max_pages), the site leads on to more; "
                f"look whether its pager loops, or raise the setting",
                url=ask.url,
            )
        self.seen.add(ask.key)
        answer = yield replace(ask, left=self._left)
        if isinstance(answer, Missing):
            return answer
        self.seen.add(page_key(answer.url, ask.method, ask.form))
        page = read_page(ask, answer, self.source, self.reader, base)
        self.pages.append(page)
        return page

    def _fresh(self, ask: Ask | None) -> bool:
        return ask is not None and ask.key not in self.seen and same_site(self.start, ask.url)

    # --- one list: letters and pagers ---------------------------------------------------------------------------------

    def _list(self, landing: ReadPage, ways: list[Way]) -> Generator[Ask, Answer, tuple[list[Line], int | None]]:
        """Everything that belongs to the list on `landing`: its letters, its pagers, the pages inside its letters."""
        index = next((found for document in landing.documents if (found := letters.find(document))), LetterIndex())
        views = [view for document in landing.documents for view in drupal.views(document)]
        if views and ways[0].view is None:
            ajax = [Way(view) for view in views]
            ways = [*ways, *ajax] if landing.lines else [*ajax, *ways]
        whole = yield from self._chain(Facet("", [landing]), ways if landing.filled else ways[:1])
        if not index:
            self._take_doubts(whole)
            if not landing.lines and views:
                return (yield from self._by_script(landing, views))
            return self._lines_of([whole]), self._total(landing, whole)
        if not self.follow:
            if not _shows_all(index, landing):
                self.doubts.append(
                    f"the page lists its entries by letter ({_few(index.labels)}); a file holds only one part"
                )
            return self._lines_of([whole]), self._total(landing, whole)
        facets, ignored = yield from self._letters(landing, index, ways)
        if ignored:
            self._take_doubts(whole)
            return self._lines_of([whole]), self._total(landing, whole)
        for facet in facets:
            self._take_doubts(facet)
        if whole.doubts and not set(whole.content) <= set(_sum(facets)):
            self._take_doubts(whole)
        return self._combined(whole, facets), self._total(landing, whole)

    def _by_script(
        self, landing: ReadPage, views: Sequence[AjaxView]
    ) -> Generator[Ask, Answer, tuple[list[Line], int | None]]:
        """A page whose list only its script fetches: asks each view as the script would."""
        if not self.follow:
            return [], None
        for view in views:
            for post in (False, True):
                answer = yield from self._get(
                    replace(view.ask("candidate", {}, post=post), optional=True), landing.page.url
                )
                if isinstance(answer, ReadPage):
                    lines, total = yield from self._list(answer, [Way(view, post=post)])
                    if lines or self._has_entries():
                        return lines, total if total is not None else landing.declared_total
                    break
        return [], None

    def _chain(self, facet: Facet, ways: Sequence[Way]) -> Generator[Ask, Answer, Facet]:
        """Follows the pager of a list from its first page. With several ways, the first that leaves no doubt counts."""
        first = facet.pages[0]
        tried: list[Facet] = []
        for way in ways:
            attempt = Facet(facet.label, [first], promised=facet.promised)
            yield from self._follow_pager(attempt, way)
            if not attempt.doubts:
                return attempt
            tried.append(attempt)
        return tried[0]

    def _follow_pager(self, facet: Facet, way: Way) -> Generator[Ask, Answer, None]:
        waiting = self._onward(facet, facet.pages[0], way)
        announced = 1
        asked: set[str] = set()
        while True:
            announced = max([announced, *(pager.last for page in facet.pages[-1:] for pager in self._pagers(page))])
            if not waiting:
                break
            if not self.follow:
                facet.doubts.append(
                    f"the page goes on to further pages ({_few([ask.label for ask in waiting])}); a file holds only one"
                )
                return
            ask = waiting.pop(0)
            if ask.key in self.seen and ask.key not in asked:
                continue
            asked.add(ask.key)
            self._left = max(0, announced - len(facet.pages) - 1)
            page = yield from self._get(ask, _base(facet.pages[0]))
            if isinstance(page, Missing):
                facet.doubts.append(f"page {ask.label} of {_called(facet.label)} could not be had: {page.message}")
                return
            if self._repeats(facet, page):
                return
            facet.pages.append(page)
            known = {one.key for one in waiting}
            waiting += [one for one in self._onward(facet, page, way) if one.key not in known]
        if announced > len(facet.pages):
            facet.doubts.append(
                f"the pager of {_called(facet.label)} announces {announced} pages, {len(facet.pages)} could be found"
            )

    def _repeats(self, facet: Facet, page: ReadPage) -> bool:
        """Notes a page that brings nothing of its own. True when following the pager further makes no sense."""
        content = page.content
        if not content:
            facet.pages.append(page)
            if not page.says_empty() and any(one.filled for one in facet.pages):
                facet.doubts.append(
                    f"page {page.ask.label} of {_called(facet.label)} ({page.page.url}) shows no entries"
                )
            facet.pages.pop()
            return bool(facet.doubts)
        if any(content == other.content for other in facet.pages):
            facet.repeats = True
            facet.doubts.append(
                f"page {page.ask.label} of {_called(facet.label)} ({page.page.url}) shows again what another page has shown"
            )
            return True
        return False

    def _pagers(self, page: ReadPage) -> list[pagers.Pager]:
        return [pagers.find(document, page.names) for document in page.documents]

    def _onward(self, facet: Facet, page: ReadPage, way: Way) -> list[Ask]:
        """The pages that a page leads to within its list."""
        if page.data is not None and not page.documents:
            return self._data_onward(facet, page)
        asks: list[Ask] = []
        from_start = all(pager.current == 1 for pager in self._pagers(facet.pages[0]))
        for pager in self._pagers(page):
            wanted = [link for link in pager.links if not (link.label == "1" and from_start)]
            found = [ask for link in wanted if (ask := way.ask(link, "page")) is not None and self._fresh(ask)]
            dead = [label for label in pager.dead if not label.isdigit() or int(label) > len(facet.pages)]
            if dead and not wanted and way.view is None:
                facet.doubts.append(f"a pager leads to {_few(dead)}, but only a script could follow it")
            elif dead and way.view is not None:
                found += [
                    ask for label in dead if label.isdigit()
                    if (ask := way.ask(Link(label, None, (("page", str(int(label) - 1)),)), "page")) and self._fresh(ask)
                ]  # fmt: skip
            asks += found
        return asks

    def _data_onward(self, facet: Facet, page: ReadPage) -> list[Ask]:
        onward = data_links.onward(page.data, page.page.url, page.page.next_url)
        if not onward.announced or (not page.lines and page.says_empty()):
            return []
        if onward.url is None or not same_site(self.start, onward.url):
            facet.doubts.append(
                f"{page.page.url} says that there is more, at {onward.url or 'no address that it gives'}"
            )
            return []
        ask = Ask(onward.url, "page", str(len(facet.pages) + 1), expect="json")
        if ask.key in self.seen:
            self._note("loop", f"{page.page.url} leads back to {onward.url}, which was read already", page)
            return []
        return [ask]

    # --- letters ------------------------------------------------------------------------------------------------------

    def _letters(
        self, landing: ReadPage, index: LetterIndex, ways: Sequence[Way]
    ) -> Generator[Ask, Answer, tuple[list[Facet], bool]]:
        """The facets of a letter index, and whether the letters turned out not to matter (the page shows all)."""
        tried: list[tuple[list[str], list[Facet]]] = []
        for way in ways:
            offered = index.links if way.view is None else [*index.links, *index.scripted]
            if not offered:
                continue
            facets = yield from self._all_letters(landing, offered, way)
            if facets is None:
                continue
            if way.view is None and index.scripted and not index.links:
                continue
            if _all_alike(facets) and facets[0].content == landing.content and _shows_all(index, landing):
                self._note("letters_ignored", "every letter shows the whole list; it was read once", landing)
                return [], True
            doubts = self._letter_doubts(facets)
            if not doubts:
                return facets, False
            tried.append((doubts, facets))
        if tried:
            doubts, facets = min(tried, key=lambda attempt: len(attempt[0]))
            self.doubts += doubts
            return facets, False
        if not _shows_all(index, landing):
            self.doubts.append(f"the page offers letters ({_few(index.labels)}) that only a script could follow")
        return [], True

    def _all_letters(
        self, landing: ReadPage, offered: Sequence[Link], way: Way
    ) -> Generator[Ask, Answer, list[Facet] | None]:
        """One facet a letter; None when the way is no way (the first letter can't be asked like that)."""
        facets: list[Facet] = []
        for number, link in enumerate(offered):
            ask = way.ask(link, "letter")
            if ask is None or not same_site(self.start, ask.url):
                return None
            self._left = len(offered) - number - 1
            if ask.key == landing.ask.key or ask.key == page_key(landing.page.url):
                page: ReadPage | Missing = landing
            elif ask.key in self.seen:
                continue
            else:
                first = number == 0 and way.view is not None
                page = yield from self._get(replace(ask, optional=first), _base(landing))
            if isinstance(page, Missing):
                if way.view is not None and not way.post:
                    return (yield from self._all_letters(landing, offered, replace(way, post=True)))
                return None
            facet = Facet(link.label, [page], promised=link.count)
            set_entries([page], self.seen) if not page.lines else None
            facets.append((yield from self._chain(facet, [way.through(link)])))
        set_entries([landing, *(page for facet in facets for page in facet.pages)], self.seen)
        return facets

    def _letter_doubts(self, facets: Sequence[Facet]) -> list[str]:
        doubts = []
        for facet in facets:
            if not facet.filled and not any(page.says_empty() for page in facet.pages):
                doubts.append(
                    f"{_called(facet.label)} ({facet.pages[0].page.url}) shows no entries and does not say that it has none"
                )
        shown: dict[str, Facet] = {}
        for facet in facets:
            if not facet.filled or facet.label == ALL:
                continue
            print_ = repr(sorted(map(repr, facet.content.items())))
            other = shown.setdefault(print_, facet)
            if other is not facet and other.label != facet.label:
                doubts.append(f"{_called(facet.label)} shows the same entries as {_called(other.label)}")
        for facet in facets:
            found = {len(facet.lines), len({fold(line.name) for line in facet.lines})}
            if (
                facet.promised is not None
                and facet.lines
                and facet.promised not in found
                and facet.promised > min(found)
            ):
                doubts.append(
                    f"{_called(facet.label)} promises {facet.promised} entries, {len(facet.lines)} were found"
                )
        return doubts

    # --- elsewhere: a page without rows -------------------------------------------------------------------------------

    def _elsewhere(self, landing: ReadPage) -> Generator[Ask, Answer, tuple[list[Line], int | None]]:
        """A page without rows: entries that link to pages of their own, else files, data endpoints, frames, the page on
        which the list really is; the first that holds rows is the list."""
        found = [offer for document in landing.documents for offer in offers.find(document, self.source)]
        likely = [offer for offer in found if offer.score >= 2]
        if not self._has_entries():
            set_entries(self.pages, self.seen)
        tried: list[str] = []
        if self.follow:
            lines, total = yield from self._try(landing, likely, tried)
            if lines:
                return lines, total
            if not self._has_entries():
                rest = [offer for offer in found if offer not in likely]
                lines, total = yield from self._try(landing, rest, tried)
                if lines:
                    return lines, total
        if self._has_entries():
            return [], landing.declared_total
        self._refuse(landing, tried)
        raise AssertionError("unreachable")

    def _try(
        self, landing: ReadPage, found: Sequence[offers.Offer], tried: list[str]
    ) -> Generator[Ask, Answer, tuple[list[Line], int | None]]:
        used: set[str] = set()
        for offer in found[:MAX_OFFERS]:
            ask = Ask(offer.url, "candidate", offer.label, expect=offer.expect, optional=True)
            if not self._fresh(ask) or offer.url in used:
                continue
            tried.append(offer.url)
            page = yield from self._get(ask)
            if isinstance(page, Missing):
                continue
            before = len(self.doubts)
            lines, total = yield from self._list(page, [Way()])
            if lines:
                lines = yield from self._parts(offer, found, lines, used)
                return lines, total if total is not None else landing.declared_total
            del self.doubts[before:]
        return [], None

    def _parts(
        self, offer: offers.Offer, found: Sequence[offers.Offer], lines: list[Line], used: set[str]
    ) -> Generator[Ask, Answer, list[Line]]:
        """Other files of the same kind and rank: parts of one list ("A–M", "N–Z") belong together."""
        if offer.what != "file":
            return lines
        alike = [one for one in found if one.what == "file" and one.expect == offer.expect and one.score == offer.score]
        for other in alike:
            if other.url == offer.url or other.url in used or page_key(other.url) in self.seen:
                continue
            used.add(other.url)
            page = yield from self._get(Ask(other.url, "candidate", other.label, expect=other.expect))
            if isinstance(page, ReadPage) and page.lines:
                mine, theirs = {line.name for line in lines}, {line.name for line in page.lines}
                if page.content == Counter(line.signature for line in lines):
                    continue
                if mine & theirs:
                    self.doubts.append(
                        f"two files may be the list and differ: {offer.url} and {other.url}; give the right one with --url"
                    )
                else:
                    lines = [*lines, *page.lines]
        return lines

    def _stated_file(
        self, landing: ReadPage, lines: list[Line], total: int | None
    ) -> Generator[Ask, Answer, tuple[list[Line], int | None]]:
        """A page with rows that says a file is the list: the file counts, unless it says less than the page."""
        claims = [o for document in landing.documents for o in offers.find(document, self.source) if o.is_the_list]
        if not claims:
            return lines, total
        if not self.follow:
            self.doubts.append(f"the page says that the list is the file {claims[0].url}; read that file instead")
            return lines, total
        page = yield from self._get(Ask(claims[0].url, "candidate", claims[0].label, expect=claims[0].expect))
        if not isinstance(page, ReadPage) or not page.lines:
            self._note(
                "file_unread", f"the page says that {claims[0].url} is the list, but no list was found in it", landing
            )
            self.doubts.append(f"the page says that the list is the file {claims[0].url}, in which no list was found")
            return lines, total
        on_page = {fold(line.name) for line in lines}
        in_file = {fold(line.name) for line in page.lines}
        if on_page <= in_file and (len(in_file) > len(on_page) or len(page.fields) > len(landing.fields)):
            self.doubts.clear()
            return page.lines, page.declared_total if page.declared_total is not None else total
        if not in_file <= on_page:
            self.doubts.append(f"the page and the file {claims[0].url}, said to be the list, show different entries")
        return lines, total

    def _refuse(self, landing: ReadPage, tried: Sequence[str]) -> None:
        away = [url for document in landing.documents for url in offers.foreign(document, self.source)]
        where = f"; tried {_few(list(tried))} without finding it" if tried else ""
        hint = f"; a file is offered on another site ({_few(away)}): give it with --url" if away else ""
        raise SourceError(
            "no_list",
            f"{landing.page.url}: expected a list of {self.source}, found a page without any entry that could be read{where}{hint}; "
            f"look at it with `hdswatch probe`",
            url=landing.page.url,
            sha256=landing.page.sha256,
        )

    # --- pages of single hosts ----------------------------------------------------------------------------------------

    def _has_entries(self) -> bool:
        return any(page.entries for page in self.pages)

    def _with_details(self, lines: list[Line]) -> Generator[Ask, Answer, list[Line]]:
        """Reads the pages of single hosts when the list leaves out what they may say."""
        if not lines:
            lines = self._lines_from_entries()
        if not self.follow or not lines or not details.is_wanting(self.source, (line.row for line in lines)):
            return lines
        targets = self._detail_links(lines)
        if not targets:
            return lines
        groups: dict[str, list[int]] = {}
        for index, url in targets.items():
            groups.setdefault(page_key(url), []).append(index)
        joined: dict[int, list[Line]] = {}
        unread: list[str] = []
        for number, indices in enumerate(groups.values()):
            self._left = len(groups) - number - 1
            url = targets[indices[0]]
            page = yield from self._get(Ask(url, "detail", lines[indices[0]].name))
            assert isinstance(page, ReadPage)
            listed = [lines[index] for index in indices]
            own = details.matching(page.rows, [line.name for line in listed])
            if not own:
                unread.append(page.page.url)
                continue
            problems = [problem for line in (*listed, *page.lines) for problem in line.problems]
            merged = details.merge([line.row for line in listed], own)
            joined[indices[0]] = [Line(row, problems if n == 0 else []) for n, row in enumerate(merged)]
            joined.update({index: [] for index in indices[1:]})
        return self._after_details(lines, joined, unread)

    def _after_details(self, lines: list[Line], joined: dict[int, list[Line]], unread: list[str]) -> list[Line]:
        only_names = all(len(line.row.cells) == 1 for line in lines)
        if unread and (joined or only_names):
            self.doubts.append(f"{len(unread)} pages of single entries could not be read, {unread[0]} first")
        if not joined and only_names:
            raise SourceError(
                "no_list",
                f"{self.start}: expected entries with pages that tell about them, found links whose pages could not be read "
                f"({_few(unread)}); look at one with `hdswatch probe`",
                url=self.start,
            )
        result: list[Line] = []
        for index, line in enumerate(lines):
            result += joined.get(index, [line])
        return result

    def _detail_links(self, lines: Sequence[Line]) -> dict[int, str]:
        position = {id(line): index for index, line in enumerate(lines)}
        targets: dict[int, str] = {}
        for page in self.pages:
            here = [line for line in page.lines if id(line) in position]
            if not here or page.ask.purpose == "detail":
                continue
            for document in page.documents:
                for index, url in details.links(document, [line.row for line in here], self.seen).items():
                    targets[position[id(here[index])]] = url
        for index, line in enumerate(lines):
            cell = next(iter(line.row.cells.values()), None)
            if index not in targets and len(line.row.cells) == 1 and cell is not None and cell.href:
                targets[index] = cell.href
        if len(targets) * 2 < len(lines):
            return {}  # a few links among many rows are not pages for each entry
        return targets

    def _lines_from_entries(self) -> list[Line]:
        lines: dict[str, Line] = {}
        for page in self.pages:
            for entry in page.entries:
                row = details.pseudo_row(self.source, entry, page.page.sha256, page.page.url)
                lines.setdefault(page_key(entry.url), Line(row))
        return list(lines.values())

    # --- bringing it together -----------------------------------------------------------------------------------------

    def _lines_of(self, facets: Iterable[Facet]) -> list[Line]:
        return [line for facet in facets for line in facet.lines]

    def _combined(self, whole: Facet, facets: Sequence[Facet]) -> list[Line]:
        """The rows of all letters, each letter once, and what only the start page or "all" shows."""
        lines: list[Line] = []
        taken: dict[str, Facet] = {}
        for facet in facets:
            if facet.label == ALL:
                continue
            print_ = repr(sorted(map(repr, facet.content.items())))
            if taken.setdefault(print_, facet) is facet:
                lines += facet.lines
            elif facet.filled:
                self._note(
                    "letter_repeated",
                    f"{_called(facet.label)} shows again what {_called(taken[print_].label)} shows",
                    facet.pages[0],
                )
        names = {fold(line.name) for line in lines}
        for facet in (whole, *(one for one in facets if one.label == ALL)):
            extra = [line for line in facet.lines if fold(line.name) not in names]
            if extra and lines:
                self._note(
                    "outside_letters",
                    f"{len(extra)} entries are shown under no letter, {extra[0].name!r} first",
                    facet.pages[0],
                )
            names |= {fold(line.name) for line in extra}
            lines += extra
        return lines

    def _total(self, landing: ReadPage, whole: Facet) -> int | None:
        """The total that the start page declares for the whole list."""
        return landing.declared_total if landing.declared_total is not None else whole.declared

    def _take_doubts(self, facet: Facet) -> None:
        total = facet.declared
        counted = {len(facet.lines), len({fold(line.name) for line in facet.lines})}
        if facet.doubts and facet.repeats and total is not None and total in counted:
            for doubt in facet.doubts:
                self._note(
                    "pager_repeats",
                    f"{doubt}; the {total} entries that the page declares are all there",
                    facet.pages[0],
                )
            return
        self.doubts += [doubt for doubt in facet.doubts if doubt not in self.doubts]

    def _note(self, code: str, message: str, page: ReadPage) -> None:
        self.notes.append(Problem(None, "navigation", "", message, code, page.page.url, page.page.sha256))

    def _conclude(self, lines: Sequence[Line], total: int | None) -> Walked:
        pages = [page for page in self.pages if page.lines]
        refusals = [problem for page in pages for problem in page.refusals]
        problems = [*self.notes, *(problem for page in pages for problem in page.problems)]
        for number, line in enumerate(lines):
            problems += [replace(problem, row=number) for problem in line.problems]
        doubts = [*self.doubts, *dict.fromkeys(f"{problem.url}: {problem.message}" for problem in refusals)]
        fields: dict[str, str] = {}
        for page in pages:
            fields.update(page.fields)
        return Walked(
            rows=[line.row for line in lines],
            problems=problems,
            declared_total=total,
            complete=not doubts,
            doubts=doubts,
            reader=next((page.reader for page in pages if page.reader), ""),
            fields=fields,
            unread=list(dict.fromkeys(heading for page in pages for heading in page.unread)),
        )


def _base(landing: ReadPage) -> str:
    """Where links inside Ajax answers start: the page that a visitor has before them."""
    return landing.documents[0].url if landing.documents else landing.page.url


def _sum(facets: Iterable[Facet]) -> Counter[object]:
    total: Counter[object] = Counter()
    for facet in facets:
        total += facet.content
    return total


def _all_alike(facets: Sequence[Facet]) -> bool:
    return len(facets) > 1 and all(facet.filled and facet.content == facets[0].content for facet in facets)


def _shows_all(index: LetterIndex, landing: ReadPage) -> bool:
    """Whether the page already prints entries under every letter that it offers."""
    wanted = [label for label in index.labels if label not in (ALL, "#")]
    names = [line.name for line in landing.lines]
    return bool(names) and all(any(letters.covers(label, name) for name in names) for label in wanted)


def _called(label: str) -> str:
    return "the list" if not label else f"letter {label.upper()!r}"


def _few(words: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(dict.fromkeys(words[:most]))
    return shown if len(words) <= most else f"{shown} and {len(words) - most} more"


__all__ = ["Answer", "Walk", "parameters"]
