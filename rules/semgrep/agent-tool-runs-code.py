from autogen.coding import DockerCommandLineCodeExecutor, LocalCommandLineCodeExecutor
from langchain_community.tools import ShellTool
from langchain_experimental.agents import create_pandas_dataframe_agent
from langchain_experimental.tools import PythonREPLTool

# ruleid: agent-tool-runs-code
tools = [search, PythonREPLTool()]
# ruleid: agent-tool-runs-code
shell = ShellTool()
# ruleid: agent-tool-runs-code
agent = create_pandas_dataframe_agent(llm, frame, allow_dangerous_code=True)
# ruleid: agent-tool-runs-code
executor = LocalCommandLineCodeExecutor(work_dir="coding")

# ok: agent-tool-runs-code
boxed = DockerCommandLineCodeExecutor(image="python:3.12-slim", timeout=30)
# ok: agent-tool-runs-code
careful = create_pandas_dataframe_agent(llm, frame)
# ok: agent-tool-runs-code
safe = [search, calculator]


class MyShell:
    # ok: agent-tool-runs-code
    kind = "PythonREPLTool"
