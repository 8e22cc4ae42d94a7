"""The sample network: what the terminal says, and the tour of every page as every kind of person."""

import re


def test_the_terminal_names_a_sign_in_for_each_kind_of_person(site):
    for kind in ("operator", "cluster manager", "editor", "evaluator", "training contact", "learner", "new learner"):
        assert re.search(rf"\S+@talka\.example\s+{kind}", site.said), kind
    assert "password for all:" in site.said


def test_every_page_of_the_tour_passes(site):
    pages = re.search(r"(\d+) of (\d+) pages passed\.", site.toured)
    assert pages, site.toured[-2000:]
    assert [line for line in site.toured.splitlines() if "FAILED" in line] == []
    assert pages[1] == pages[2]
    assert int(pages[2]) > 150
