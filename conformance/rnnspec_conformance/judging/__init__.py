"""One case, one implementation: the verdict, and everything that it takes to come to one."""

from rnnspec_conformance.judging.expectation import expectation_of, forget
from rnnspec_conformance.judging.judge import judge
from rnnspec_conformance.judging.judgement import Judgement, Verdict, in_one_line, printable

__all__ = ["Judgement", "Verdict", "expectation_of", "forget", "in_one_line", "judge", "printable"]
