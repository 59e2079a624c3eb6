import langchain_experimental.utilities as utilities
from langchain_experimental.agents import create_pandas_dataframe_agent
from langchain_experimental.tools import PythonAstREPLTool
from langchain_experimental.utilities import PythonREPL


def compute(answer):
    # ruleid: model-text-in-interpreter
    return PythonREPL().run(answer)


def by_module(answer):
    # ruleid: model-text-in-interpreter
    return utilities.PythonREPL().run(answer)


def tools():
    # ruleid: model-text-in-interpreter
    return [PythonAstREPLTool(locals={})]


def tables(llm, frame):
    # ruleid: model-text-in-interpreter
    return create_pandas_dataframe_agent(llm, frame, allow_dangerous_code=True)


def tables_without_code(llm, frame):
    # ok: model-text-in-interpreter
    return create_pandas_dataframe_agent(llm, frame)


def annotation(repl: PythonREPL) -> str:
    # ok: model-text-in-interpreter
    return repl.description


def arithmetic(a, b):
    # ok: model-text-in-interpreter
    return {"PythonREPL": a * b}
