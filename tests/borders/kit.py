"""Who may open the kit's own pages. Reports and works are opened by address: strangers find nothing there."""

from uuid import UUID

from tests.borders import EVERYONE, Row, expect

NOBODYS = {"uuid": UUID(int=0)}

ROWS = [
    Row("kit:style", expect=EVERYONE),
    Row("kit:health", expect=EVERYONE),
    Row("kit:language", expect=expect(405)),
    Row("kit:theme", expect=expect(405)),
    Row("kit:work", kwargs=NOBODYS, expect=expect(404)),
    Row("kit:report", kwargs=NOBODYS, expect=expect(404)),
]
