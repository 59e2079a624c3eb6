import re

import numexpr
import pandas as pd
import sympy
from sympy import sympify
from sympy.parsing.sympy_parser import parse_expr

FORMULA = "x**2 + 1"
PLAIN = re.compile(r"[0-9+*/ ().-]+")


def evaluate(expression: str) -> str:
    # ruleid: text-parsed-as-expression
    return str(sympy.sympify(expression, evaluate=True))


def solve(llm_output):
    # ruleid: text-parsed-as-expression
    left = sympify(llm_output)
    # ruleid: text-parsed-as-expression
    right = parse_expr(llm_output.strip())
    # ruleid: text-parsed-as-expression
    number = numexpr.evaluate(llm_output)
    # ruleid: text-parsed-as-expression
    column = pd.eval(llm_output)
    return left, right, number, column


def innocent(x, matrix, measured):
    # ok: text-parsed-as-expression
    half = sympy.sympify(0.5)
    # ok: text-parsed-as-expression
    known = sympify("x**2 + 1")
    # ok: text-parsed-as-expression
    fixed = parse_expr(FORMULA)
    # ok: text-parsed-as-expression
    entry = sympify(matrix[0])
    # ok: text-parsed-as-expression
    value = sympify(x.subs({"x": measured}))
    # ok: text-parsed-as-expression
    total = numexpr.evaluate("measured * 2")
    return half, known, fixed, entry, value, total


def checked(expression: str):
    if not PLAIN.fullmatch(expression):
        raise ValueError(expression)
    # ok: text-parsed-as-expression
    return sympify(expression)


def listed(expression: str):
    # ok: text-parsed-as-expression
    return numexpr.evaluate(expression.strip(), global_dict={}, local_dict={"pi": 3.14})


class Chain:
    allow_dangerous_requests = False

    def evaluate(self, expression: str):
        if not self.allow_dangerous_requests:
            raise ValueError("set allow_dangerous_requests")
        # ok: text-parsed-as-expression
        return sympify(expression)
