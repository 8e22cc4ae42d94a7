"""The names and clauses of the specifications, and the error that tells which one was broken."""

from typing import Any

Json = dict[str, Any]

V1, V2 = "1.0.3", "2.0.0"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
DEEPEST = 60

ACTIVITY, AGENT, GROUP, REFERENCE, SUBSTATEMENT = 1, 2, 3, 4, 5
KINDS = {ACTIVITY: "Activity", AGENT: "Agent", GROUP: "Group", REFERENCE: "StatementRef", SUBSTATEMENT: "SubStatement"}

# Where each rule stands: xAPI 1.0.3 part two (Data), and IEEE 9274.1.1 (2.0).
CLAUSES = {
    "format": ("Data 2.2", "4.2.1"),
    "id": ("Data 2.4.1", "4.2.4.2"),
    "actor": ("Data 2.4.2", "4.2.2.1"),
    "verb": ("Data 2.4.3", "4.2.2.2"),
    "object": ("Data 2.4.4", "4.2.2.3"),
    "result": ("Data 2.4.5", "4.2.2.4"),
    "context": ("Data 2.4.6", "4.2.2.5"),
    "timestamp": ("Data 2.4.7", "4.2.4.2"),
    "stored": ("Data 2.4.8", "4.2.4.2"),
    "authority": ("Data 2.4.9", "4.2.4.2"),
    "version": ("Data 2.4.10", "4.2.4.3"),
    "attachments": ("Data 2.4.11", "4.2.2.6"),
    "voiding": ("Data 2.3.2", "4.2.5"),
    "signature": ("Data 2.6", "4.2.6"),
    "types": ("Data 4", "4.2.7"),
}


class Invalid(Exception):
    """The statement breaks a rule. Knows the JSON path, what is wrong, and the clause of either specification."""

    def __init__(self, path: str, what: str, clause: str = "format") -> None:
        super().__init__(what)
        self.path, self.what, self.clause = path, what, clause

    def __str__(self) -> str:
        one, two = CLAUSES[self.clause]
        return f"{self.path}: {self.what} (xAPI 1.0.3 {one}; 2.0 {two})"

    def under(self, prefix: str) -> "Invalid":
        """The same error with its path below `prefix`."""
        return Invalid(prefix + self.path.removeprefix("$"), self.what, self.clause)
