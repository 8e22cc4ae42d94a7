"""People for tests."""

from itertools import count

from talka.people.models import User

_number = count(1)


def person(name: str = "", **fields) -> User:
    n = next(_number)
    fields.setdefault("email", f"person{n}@example.org")
    user = User(name=name or f"Person {n}", **fields)
    user.set_unusable_password()
    user.save()
    return user


def operator() -> User:
    return person("Operator", is_superuser=True)
