"""Python's operators on symbolic tensors, by the operations they stand for."""

from ..symbolic import OPERATORS
from .arranging import get_item
from .elementwise import (
    absolute,
    add,
    floor_divide,
    greater,
    greater_equal,
    less,
    less_equal,
    mod,
    multiply,
    negative,
    power,
    subtract,
    true_divide,
)
from .products import matmul

OPERATORS.update(
    abs=absolute,
    add=add,
    floordiv=floor_divide,
    ge=greater_equal,
    getitem=get_item,
    gt=greater,
    le=less_equal,
    lt=less,
    matmul=matmul,
    mod=mod,
    mul=multiply,
    neg=negative,
    pow=power,
    sub=subtract,
    truediv=true_divide,
)
