"""Costly answers: made once for all processes, and never given for another state."""

from django.core.cache import cache, caches

from talka.kit import memory


class Counted:
    """Answers how often it was asked."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return self.times


def test_an_answer_is_made_once_for_each_state():
    make = Counted()
    given = [memory.kept(("use", 3), state=state, make=make) for state in (7, 7, 8, 8, 7)]
    assert given == [1, 1, 2, 2, 3]


def test_another_process_finds_it_without_making_it_again():
    make = Counted()
    memory.kept("q", state="s", make=make)
    cache.clear()  # what a process that has just started has in its own memory
    assert memory.kept("q", state="s", make=make) == 1


def test_questions_are_told_apart_by_their_whole_text():
    assert memory.kept(("use", "a", None), state=1, make=lambda: "a") == "a"
    assert memory.kept(("use", "b", None), state=1, make=lambda: "b") == "b"


def test_an_answer_grows_old(monkeypatch):
    make = Counted()
    memory.kept("q", state=1, make=make, seconds=60)
    later = memory.time.time() + 61
    monkeypatch.setattr(memory.time, "time", lambda: later)
    assert memory.kept("q", state=1, make=make, seconds=60) == 2


def test_without_a_state_forgetting_reaches_every_process():
    make = Counted()
    memory.kept("mark", state=None, make=make)
    assert cache.get(memory._key("mark")) is None
    memory.forget("mark")
    assert memory.kept("mark", state=None, make=make) == 2


def test_what_cannot_be_read_is_made_anew():
    memory.kept("q", state=1, make=str)
    cache.clear()
    folder = caches["shared"]._dir
    for file in memory.Path(folder).glob("*.djcache"):
        file.write_bytes(b"not what was written")
    assert memory.kept("q", state=1, make=lambda: "anew") == "anew"


def test_one_that_fails_does_not_stop_the_others(monkeypatch, caplog):
    done = []
    monkeypatch.setattr(memory, "_ahead", {})
    memory.ahead(lambda: 1 / 0, name="broken")
    memory.ahead(lambda: done.append("whole"), name="whole")
    memory.answer_ahead()
    assert done == ["whole"]
    assert "broken could not be answered ahead" in caplog.text
