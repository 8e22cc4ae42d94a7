"""Who may see and do what: the one mechanism behind every page, export and figure. Pure decisions, values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Visibility(StrEnum):
    """How far something may be seen. The narrow ones are really closed."""

    ORGANISATION = "organisation"
    CLUSTER = "cluster"
    NETWORK = "network"
    PUBLIC = "public"


class Part(StrEnum):
    """What a person is to a cluster."""

    MANAGER = "manager"
    EDITOR = "editor"
    EVALUATOR = "evaluator"
    MEMBER = "member"


STAFF = frozenset({Part.MANAGER, Part.EDITOR, Part.EVALUATOR})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a viewer is at this moment: the whole ground for every decision about access.

    `clusters` maps a cluster's key to the parts the person has there; belonging to a member organisation makes a MEMBER.
    `organisations` are those the person works for now, `contacts` those among them for which they are training contact.
    """

    user: int | None = None
    operator: bool = False
    clusters: Mapping[int, frozenset[Part]] = field(default_factory=dict)
    organisations: frozenset[int] = frozenset()
    contacts: frozenset[int] = frozenset()

    @property
    def signed_in(self) -> bool:
        return self.user is not None

    def clusters_as(self, *parts: Part) -> frozenset[int]:
        """Keys of the clusters where the viewer is at least one of `parts`. An operator's are not listed: ask `operator` too."""
        wanted = frozenset(parts)
        return frozenset(key for key, mine in self.clusters.items() if mine & wanted)


SIGNED_OUT = Standing()


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that only some may do. `name` completes "You may not ..."."""

    name: str
    parts: frozenset[Part] = frozenset()
    contact: bool = False


RUN = Ability("run the network")


def may_see(standing: Standing, visibility: str, *, cluster: int | None = None, organisation: int | None = None) -> bool:
    """Whether something of this visibility, belonging to `cluster` or `organisation`, is open to the viewer.

    An operator stands in every cluster but in no organisation: what a firm keeps to itself stays there.
    The same decision as `people.models.SharedQuerySet.visible_to`; a test holds the two together.
    """
    match Visibility(visibility):
        case Visibility.PUBLIC:
            return True
        case Visibility.NETWORK:
            return standing.signed_in
        case Visibility.CLUSTER:
            return cluster is not None and (standing.operator or cluster in standing.clusters)
        case Visibility.ORGANISATION:
            return organisation is not None and organisation in standing.organisations


def may(standing: Standing, ability: Ability, *, cluster: int | None = None, organisation: int | None = None) -> bool:
    """Whether the viewer may do this in `cluster` or for `organisation`."""
    if standing.operator:
        return True
    if cluster is not None and standing.clusters.get(cluster, frozenset()) & ability.parts:
        return True
    return ability.contact and organisation is not None and organisation in standing.contacts
