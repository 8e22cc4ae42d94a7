"""Themes of free text in several languages and scripts."""

import numpy as np
import pytest

from talka.science.estimate import Reason
from talka.science.themes import group_themes

PLANTED = {
    "funding": [
        "We need help with funding applications for European projects",
        "Writing a funding application takes us months",
        "Who helps with applications for project funding?",
        "European funding is a maze, and applications fail",
        "More funding advice, please, and fewer application forms",
    ],
    "digital": [
        "Our machines are not connected, we want digital production",
        "Digital tools for production and machine data",
        "Connecting machines and reading their data is beyond us",
        "A course on machine data and digital production 🙂",
        "Production data from old machines",
    ],
    "abroad": [
        "Finding partners abroad for export",
        "Export to new markets, with partners we can trust",
        "Partners in foreign markets",
        "How do small firms enter export markets abroad?",
        "Trade fairs abroad to meet export partners",
    ],
}
TEXTS = [text for theme in PLANTED.values() for text in theme]


def test_planted_themes_are_found_with_their_words():
    found = group_themes(TEXTS, themes=3, quotable=[True] * 15)
    groups = [set(theme.members) for theme in found.themes]
    for number in range(3):
        wanted = set(range(5 * number, 5 * number + 5))
        assert max(len(wanted & group) / len(wanted | group) for group in groups) >= 0.8
    said = " ".join(term for theme in found.themes for term in theme.terms)
    assert all(word in said for word in ("funding", "production", "export"))
    assert sum(theme.share for theme in found.themes) + len(found.apart) / 15 == pytest.approx(1)


def test_the_same_texts_give_the_same_themes():
    assert group_themes(TEXTS) == group_themes(list(TEXTS))


def test_only_those_who_allowed_it_are_quoted():
    allowed = [position % 2 == 0 for position in range(15)]
    found = group_themes(TEXTS, themes=3, quotable=allowed, quotes=2)
    quoted = [position for theme in found.themes for position in theme.quotes]
    assert quoted
    assert all(allowed[position] for position in quoted)
    assert all(theme.quotes == () for theme in group_themes(TEXTS, themes=3).themes)


def test_a_text_is_quoted_once_however_often_it_was_written():
    found = group_themes([*TEXTS, TEXTS[0], TEXTS[0].upper()], themes=3, quotable=[True] * 17, quotes=9)
    for theme in found.themes:
        said = [[*TEXTS, TEXTS[0], TEXTS[0].upper()][position].casefold() for position in theme.quotes]
        assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["Förderanträge schreiben", "Hilfe bei Förderanträgen", "Förderantrag stellen"], ["Maschinendaten lesen", "Maschinendaten nutzen", "mehr Maschinendaten"]),
        (["تمويل المشاريع", "طلبات تمويل", "تمويل أوروبي"], ["بيانات الآلات", "قراءة بيانات", "بيانات رقمية"]),
        (["我们需要资金申请", "资金申请很难", "申请资金帮助"], ["机器数据连接", "读取机器数据", "机器数据课程"]),
        (["поддержка экспорта", "экспорт и рынки", "новые рынки экспорта"], ["обучение сотрудников", "нужно обучение", "обучение и курсы"]),
    ],
)  # fmt: skip
def test_languages_and_scripts(first, second):
    found = group_themes([*first, *second], themes=2)
    assert {frozenset(theme.members) for theme in found.themes} == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def test_nothing_to_group():
    assert group_themes([]).reason == Reason.NO_ANSWERS
    silent = group_themes([None, "", "🙂🙂", "123", "?!"])
    assert (silent.reason, silent.empty, silent.n) == (Reason.NO_ANSWERS, (0, 1, 2, 3, 4), 0)
    few = group_themes(["more training", "less training"])
    assert (few.reason, few.apart, few.themes) == (Reason.TOO_FEW, (0, 1), ())


def test_all_the_same_text_is_one_theme():
    found = group_themes(["more practical training"] * 12)
    assert len(found.themes) <= 1
    assert len(found.apart) + sum(len(theme.members) for theme in found.themes) + len(found.empty) == 12


def test_words_of_the_question_can_be_ignored():
    found = group_themes(TEXTS, themes=3, ignore=["funding", "application", "project"])
    assert not any("funding" in term for theme in found.themes for term in theme.terms)


def test_grammar_names_no_theme_and_a_lonely_text_stays_apart():
    found = group_themes([*TEXTS, "the of and more please", "Beekeeping on the roof"], themes=3)
    assert found.empty == (15,)
    assert 16 in found.apart
    assert not {"the", "for", "and", "to", "more", "with", "we"} & {term for theme in found.themes for term in theme.terms}


def test_thousands_of_texts_are_grouped():
    rng = np.random.default_rng(0)
    many = [TEXTS[i] + " " + TEXTS[j] for i, j in rng.integers(0, 15, (3000, 2))]
    assert group_themes(many).n == 3000


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match="permissions"):
        group_themes(["a"], quotable=[])
    with pytest.raises(ValueError, match="at least one"):
        group_themes(["a"], themes=0)
