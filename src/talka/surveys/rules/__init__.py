"""Pure decisions about surveys: who may do what, what an answer may be, which question comes next."""

from talka.people.rules import STAFF, Ability, Part

ASK = Ability("make or change surveys of this cluster", frozenset({Part.MANAGER, Part.EDITOR}))
READ = Ability("see the results of surveys of this cluster", STAFF)
DECIDE = Ability("decide on needs of this cluster", frozenset({Part.MANAGER}))
IMPORT = Ability("import answers to surveys of this cluster", frozenset({Part.MANAGER, Part.EDITOR}))
EXPORT = Ability("export answers to surveys of this cluster", STAFF)
INVITE = Ability("invite people to surveys of this cluster", frozenset({Part.MANAGER, Part.EDITOR}))
