"""Who is signed in by a platform's word, and who is not. Pure."""

from talka.people.rules import STAFF, Standing


def signs_in(standing: Standing, *, second_factor: bool) -> bool:
    """Whether a launch may sign this person in by itself.

    Whoever runs a platform can launch as any of its people, so it must not open what weighs more than learning: accounts with rights over others,
    and those whose owner wants a second proof. They sign in themselves; the launch then leads them on.
    """
    return not (standing.operator or standing.contacts or standing.clusters_as(*STAFF) or second_factor)
