from datetime import UTC, datetime

import pytest

from talka.records.rules import values

NOON = values.microseconds(datetime(2026, 3, 2, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-03-02T12:00:00Z", NOON),
        ("2026-03-02T12:00:00", NOON),
        ("2026-03-02T13:00:00+01:00", NOON),
        ("2026-03-02T13:00:00.5+0100", NOON + 500_000),
        ("2026-03-02T12:00:00.1234567Z", NOON + 123_456),
        ("20260302T120000Z", NOON),
        ("2026-03-02T12:00:00-00:00", None),
        ("2026-03-02T12:00:00-00", None),
        ("2026-13-02T12:00:00Z", None),
        ("2026-03-02", None),
        ("0000-03-02T12:00:00Z", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("", None),
        (None, None),
    ],
)
def test_instants(text, us):
    assert values.read_instant(text) == us


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT1.25S", 1.25),
        ("P1DT1H", 90000.0),
        ("P2W", 1209600.0),
        ("PT0S", 0.0),
        ("P", None),
        ("PT", None),
        ("P1", None),
        ("1", None),
        (1, None),
    ],
)
def test_durations(text, seconds):
    assert values.read_duration(text) == seconds


@pytest.mark.parametrize("tag", ["en", "en-US", "zh-Hant-TW", "de-1996", "x-own", "sl-rozaj-biske", "i-klingon", "es-419"])
def test_language_tags(tag):
    assert values.is_language_tag(tag)


@pytest.mark.parametrize("tag", ["", "e", "en_US", "en-", "not a tag", "en-US-", "123", {}, 5])
def test_what_is_no_language_tag(tag):
    assert not values.is_language_tag(tag)


@pytest.mark.parametrize("iri", ["http://a.example/x", "urn:x:y", "mailto:a@b.example", "http://ex.example/größe"])
def test_iris(iri):
    assert values.is_iri(iri)


@pytest.mark.parametrize("iri", ["", "a", "//a.example", "http://a b", "http:", "http://a\x00b", "ht tp://x", [], 3])
def test_what_is_no_iri(iri):
    assert not values.is_iri(iri)
