"""Free text grouped into themes, offline and in any language: words weighed by how telling they are, then factored."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from scipy import sparse

from talka.science.estimate import Floats, Reason
from talka.science.themes.grammar import GRAMMAR

WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")  # Thai to Han: no spaces
STEM = 7  # words that agree in their first letters count as one: crude, but it works across inflecting languages
TELLING_LENGTH = 5  # shorter words weigh less: most are grammar; words all in capitals are names and weigh fully
TOO_COMMON = 0.35  # of the texts: such a word tells no theme from another
FEWEST_TEXTS = 4
CLEAR = 0.12  # cosine between a text and its theme, below which the text stays apart
ROUNDS = 120


@dataclass(frozen=True, slots=True)
class Theme:
    """terms: its most telling words, as people wrote them. members: positions of its texts, the most typical first.

    quotes: positions of typical texts that may be quoted. share: of the texts with words, 0 to 1.
    """

    terms: tuple[str, ...]
    members: tuple[int, ...]
    quotes: tuple[int, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Themes:
    """Themes from the largest to the smallest. apart: positions of texts that fit none; empty: of those without a telling word.
    n: texts with one.

    reason: why there are no themes.
    """

    themes: tuple[Theme, ...]
    apart: tuple[int, ...]
    empty: tuple[int, ...]
    n: int
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class _Words:
    """Weighted texts (texts, stems), rows of length 1 or 0; how each stem is best shown; whether a text has any telling word."""

    matrix: sparse.csr_array
    shown: tuple[str, ...]
    spoken: tuple[bool, ...]


def group_themes(
    texts: Sequence[str | None],
    *,
    themes: int | None = None,
    terms: int = 6,
    quotes: int = 3,
    quotable: Sequence[bool] | None = None,
    ignore: Collection[str] = (),
) -> Themes:
    """Group answers to an open question into themes. The same texts give the same themes.

    texts: one per respondent, None = not answered. themes: at most so many, by default a third of the texts, 2 to 12. terms, quotes: at most so
    many of each per theme. quotable: who allowed to be quoted; nobody is quoted otherwise. ignore: words that tell nothing, for
    example those of the question (grammar words of some languages are known). TF-IDF over stems cut to seven letters (scripts without spaces: pairs of characters),
    non-negative matrix factorisation started from the singular vectors. Raises ValueError if lengths differ or numbers are below 1.
    Sources: Lee & Seung (1999), Nature 401, 788–791; Boutsidis & Gallopoulos (2008), Pattern Recognition 41, 1350–1362 (start);
    Cichocki & Phan (2009), IEICE E92-A, 708–721 (updates); McNamee & Mayfield (2004), Information Retrieval 7, 73–97 (cutting).
    """
    allowed = [False] * len(texts) if quotable is None else list(quotable)
    if len(allowed) != len(texts):
        raise ValueError(f"{len(texts)} texts need as many permissions, not {len(allowed)}")
    if terms < 1 or quotes < 0 or (themes is not None and themes < 1):
        raise ValueError("at least one theme and one term are needed")
    words = _words(texts, ignore)
    full = np.flatnonzero(np.diff(words.matrix.indptr) > 0)
    empty = tuple(position for position, spoken in enumerate(words.spoken) if not spoken)
    known = set(full.tolist())
    alone = [position for position, spoken in enumerate(words.spoken) if spoken and position not in known]
    n, stems, told = len(full), words.matrix.shape[1], sum(words.spoken)
    if n < FEWEST_TEXTS or stems < 2:
        rest = tuple(sorted([*full.tolist(), *alone]))
        return Themes((), rest, empty, told, Reason.TOO_FEW if told else Reason.NO_ANSWERS)
    wanted = max(2, min(12, n // 3)) if themes is None else themes
    weight, parts = _factor(words.matrix[full], max(1, min(wanted, n - 1, stems - 1)))
    near = _nearness(words.matrix[full], parts)
    chosen = np.where((near.max(axis=1) >= CLEAR) & (weight.max(axis=1) > 0), near.argmax(axis=1), -1)
    chosen = np.where(np.bincount(chosen + 1, minlength=len(parts) + 1)[chosen + 1] < 2, -1, chosen)
    found = []
    for number, part in enumerate(parts):
        inside = np.flatnonzero(chosen == number)
        if not len(inside):
            continue
        typical = inside[np.argsort(-near[inside, number], kind="stable")]
        members = tuple(int(full[position]) for position in typical)
        top = [int(stem) for stem in np.argsort(-part, kind="stable")[:terms] if part[stem] > 0.1 * part.max()]
        said = tuple(words.shown[stem] for stem in top)
        found.append(Theme(said, members, _quotes(members, texts, allowed, quotes), len(members) / told))
    found.sort(key=lambda theme: (-len(theme.members), theme.terms))
    apart = tuple(sorted([*alone, *(int(full[position]) for position in np.flatnonzero(chosen < 0))]))
    return Themes(tuple(found), apart, empty, told, None if found else Reason.NOT_IDENTIFIED)


def _quotes(members: Sequence[int], texts: Sequence[str | None], allowed: Sequence[bool], most: int) -> tuple[int, ...]:
    """The most typical texts that may be quoted, none twice."""
    taken: dict[str, int] = {}
    for position in members:
        if allowed[position]:
            taken.setdefault((texts[position] or "").strip().casefold(), position)
    return tuple(taken.values())[:most]


def _tokens(text: str) -> Iterator[tuple[str, str, float]]:
    """(stem, form as written, weight) of each word."""
    plain = unicodedata.normalize("NFKC", text)
    shouting = plain.isupper()
    for match in WORD.finditer(plain):
        form = match.group()
        if UNSPACED.search(form):
            pairs = [form[i : i + 2] for i in range(len(form) - 1)] or [form]
            yield from ((pair, pair, 1.0) for pair in pairs)
            continue
        folded = form.casefold().replace("’", "'")
        name = form.isupper() and len(form) > 1 and not shouting
        if folded in GRAMMAR and not name:
            continue
        yield folded[:STEM], folded if not name else form, 1.0 if name else min(1.0, len(folded) / TELLING_LENGTH) ** 2


def _words(texts: Sequence[str | None], ignore: Collection[str]) -> _Words:
    silent = {stem for word in ignore for stem, _, _ in _tokens(word)}
    counts: list[dict[str, float]] = []
    forms: dict[str, Counter[str]] = {}
    known: Counter[str] = Counter()
    for text in texts:
        here: dict[str, float] = {}
        for stem, form, weight in _tokens(text or ""):
            if stem not in silent and len(stem) > 1:
                here[stem] = here.get(stem, 0.0) + weight
                forms.setdefault(stem, Counter())[form] += 1
        counts.append(here)
        known.update(here.keys())
    said = sum(1 for here in counts if here)
    fewest, most = (2, max(2.0, TOO_COMMON * said)) if said >= 10 else (1, said)
    kept = {stem: place for place, stem in enumerate(sorted(stem for stem, n in known.items() if fewest <= n <= most))}
    rows, columns, values = [], [], []
    for row, here in enumerate(counts):
        weights = {kept[stem]: (1 + log(max(n, 1e-9))) if n >= 1 else n for stem, n in here.items() if stem in kept}
        for column, weight in weights.items():
            rows.append(row)
            columns.append(column)
            values.append(weight)
    matrix = sparse.csr_array((values, (rows, columns)), shape=(len(texts), len(kept)), dtype=np.float64)
    rarity = np.array([1 + log((1 + said) / (1 + known[stem])) for stem in kept])
    matrix = sparse.csr_array(matrix.multiply(rarity[None, :])) if kept else matrix
    length = np.sqrt(matrix.multiply(matrix).sum(axis=1)) if kept else np.zeros(len(texts))
    scaled = sparse.csr_array(sparse.diags_array(1 / np.where(length > 0, length, 1)) @ matrix)
    scaled.sort_indices()
    shown = tuple(_best_form(forms[stem]) for stem in kept)
    return _Words(scaled, shown, tuple(bool(here) for here in counts))


def _best_form(forms: Counter[str]) -> str:
    """What people wrote most often; of equals the first in the alphabet."""
    return min(forms, key=lambda form: (-forms[form], form))


def _leading(matrix: sparse.csr_array, parts: int) -> tuple[Floats, Floats, Floats]:
    """The leading singular vectors and values, largest first, by a fixed random sketch; never fails to converge.

    Source: Halko, Martinsson & Tropp (2011), SIAM Review 53, 217–288, algorithms 4.4 and 5.1.
    """
    width = min(parts + 10, *matrix.shape)
    sketch = matrix @ np.random.default_rng(0).standard_normal((matrix.shape[1], width))
    for _ in range(6):
        basis, _r = np.linalg.qr(sketch)
        sketch = matrix @ (matrix.T @ basis)
    basis, _r = np.linalg.qr(sketch)
    left, size, right = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)
    return (basis @ left)[:, :parts], size[:parts], right[:parts]


def _start(matrix: sparse.csr_array, parts: int) -> tuple[Floats, Floats]:
    """Non-negative start (texts, parts), (parts, stems) from the leading singular vectors, zeros filled a little."""
    left, size, right = _leading(matrix, parts)
    weight, part = np.zeros((matrix.shape[0], parts)), np.zeros((parts, matrix.shape[1]))
    for number in range(parts):
        u, v = left[:, number], right[number]
        positive, negative = (np.maximum(u, 0), np.maximum(v, 0)), (np.maximum(-u, 0), np.maximum(-v, 0))
        strong = max(positive, negative, key=lambda pair: float(np.linalg.norm(pair[0]) * np.linalg.norm(pair[1])))
        norms = float(np.linalg.norm(strong[0])), float(np.linalg.norm(strong[1]))
        if norms[0] > 0 and norms[1] > 0:
            scale = sqrt(float(size[number]) * norms[0] * norms[1])
            weight[:, number], part[number] = scale * strong[0] / norms[0], scale * strong[1] / norms[1]
    little = float(matrix.sum() / (matrix.shape[0] * matrix.shape[1])) / 100
    return np.maximum(weight, little), np.maximum(part, little)


def _factor(matrix: sparse.csr_array, parts: int) -> tuple[Floats, Floats]:
    """Hierarchical alternating least squares: texts' weights (texts, parts) and parts (parts, stems), none negative."""
    weight, part = _start(matrix, parts)
    turned = sparse.csr_array(matrix.T)
    for _ in range(ROUNDS):
        before = part.copy()
        _improve(weight, matrix @ part.T, part @ part.T)
        flipped = np.ascontiguousarray(part.T)
        _improve(flipped, turned @ weight, weight.T @ weight)
        part = flipped.T
        if np.abs(part - before).max() < 1e-5 * max(float(part.max()), 1e-12):
            break
    return weight, part


def _improve(weight: Floats, product: Floats, gram: Floats) -> None:
    """One column of `weight` after the other to its best value, in place."""
    for number in range(weight.shape[1]):
        if gram[number, number] > 0:
            step = (product[:, number] - weight @ gram[:, number]) / gram[number, number]
            weight[:, number] = np.maximum(weight[:, number] + step, 0)


def _nearness(matrix: sparse.csr_array, parts: Floats) -> Floats:
    """Cosine of each text with each part, (texts, parts)."""
    length = np.linalg.norm(parts, axis=1)
    near: Floats = (matrix @ parts.T) / np.where(length > 0, length, 1)
    return near
