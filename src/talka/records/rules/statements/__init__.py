"""What makes a statement valid: every property of xAPI 1.0.3 and 2.0, with the JSON path and the clause in the error.

A statement is read once, in parts (actor, verb, object, context activities ...), each by the file that is named after it.
"""

from talka.records.rules import values
from talka.records.rules.statements.activities import check_activity, check_definition, merge_definition
from talka.records.rules.statements.agents import agent_key, check_agent, identity
from talka.records.rules.statements.attachments import check_attachments
from talka.records.rules.statements.clauses import (
    ACTIVITY,
    AGENT,
    CLAUSES,
    DEEPEST,
    GROUP,
    KINDS,
    REFERENCE,
    SIGNATURE,
    SUBSTATEMENT,
    V1,
    V2,
    VOIDED,
    Invalid,
    Json,
)
from talka.records.rules.statements.exact import load, minify
from talka.records.rules.statements.parts import Part, Statement, forget
from talka.records.rules.statements.reading import check_authority, read, read_body, read_stored
from talka.records.rules.statements.sameness import agents_in, is_same

__all__ = [
    "ACTIVITY",
    "AGENT",
    "CLAUSES",
    "DEEPEST",
    "GROUP",
    "KINDS",
    "REFERENCE",
    "SIGNATURE",
    "SUBSTATEMENT",
    "V1",
    "V2",
    "VOIDED",
    "Invalid",
    "Json",
    "Part",
    "Statement",
    "agent_key",
    "agents_in",
    "check_activity",
    "check_agent",
    "check_attachments",
    "check_authority",
    "check_definition",
    "forget",
    "identity",
    "is_same",
    "load",
    "merge_definition",
    "minify",
    "read",
    "read_body",
    "read_stored",
    "values",
]
