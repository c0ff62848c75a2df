"""The rules of the house: each is a function from files to what is wrong in them, one sentence per finding."""

from . import habits, imports, names, sizes
from .files import File as File
from .files import read as read

CODE_RULES = (*imports.RULES, *names.RULES, *sizes.RULES, habits.reflection_is_rare)
RULES_FOR_TESTS_TOO = habits.RULES
