"""The settings that everything follows, such as the default float type."""

from penstock.engine.config import epsilon as epsilon
from penstock.engine.config import floatx as floatx
from penstock.engine.config import set_epsilon as set_epsilon
from penstock.engine.config import set_floatx as set_floatx
from penstock.engine.mixed_precision import dtype_policy as dtype_policy
from penstock.engine.mixed_precision import set_dtype_policy as set_dtype_policy
