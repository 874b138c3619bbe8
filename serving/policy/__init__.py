"""The policy: every amount, limit and choice that a decision depends on, read from one TOML file.

What is written there and nowhere else: money, thresholds, which authorities count. A mistyped key is refused and never
ignored, and the policy's version is a hash of what it says, so that a decision can name the policy it was made under.

Read in this order:
    parts           the tables of a policy; audits, the one of audits
    entitlements    what buyers are given
    categories      sorts of goods with terms of their own
    vocabulary      what rules can ask about
    tokens          a condition in pieces; then comparisons and samples
    expressions     conditions compiled and checked
    rules           the rules
    policy          all of it, and its version
    checks          what rules do together
    reading         from a file, and what is said of a file that can't be used
"""

from serving.policy.audits import Audits
from serving.policy.categories import Category
from serving.policy.entitlements import (
    ENTITLEMENT_SETTINGS,
    EntitlementTerms,
    setting_complaint,
)
from serving.policy.parts import Actions, Authorities, Costs, Reasons, Recovery, Review
from serving.policy.policy import Policy
from serving.policy.reading import (
    PolicyError,
    default_policy_path,
    parse_policy,
    parse_policy_text,
    read_policy,
    shipped_policy_path,
)
from serving.words import AuthorityKind, FreightPayer, RefundRoute, RefundTiming

__all__ = [
    "ENTITLEMENT_SETTINGS",
    "Actions",
    "Audits",
    "Authorities",
    "AuthorityKind",
    "Category",
    "Costs",
    "EntitlementTerms",
    "FreightPayer",
    "Policy",
    "PolicyError",
    "Reasons",
    "Recovery",
    "RefundRoute",
    "RefundTiming",
    "Review",
    "default_policy_path",
    "parse_policy",
    "parse_policy_text",
    "read_policy",
    "setting_complaint",
    "shipped_policy_path",
]
