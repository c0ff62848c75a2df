"""The settings that everything follows, such as the default float type."""

from penstock.engine.config import epsilon as epsilon
from penstock.engine.config import floatx as floatx
from penstock.engine.config import max_epochs as max_epochs
from penstock.engine.config import max_steps_per_epoch as max_steps_per_epoch
from penstock.engine.config import set_epsilon as set_epsilon
from penstock.engine.config import set_floatx as set_floatx
from penstock.engine.config import set_max_epochs as set_max_epochs
from penstock.engine.config import set_max_steps_per_epoch as set_max_steps_per_epoch
from penstock.engine.mixed_precision import dtype_policy as dtype_policy
from penstock.engine.mixed_precision import set_dtype_policy as set_dtype_policy
