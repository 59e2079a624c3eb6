"""What is looked for in model files."""

from __future__ import annotations

from scanner.model.files import FileKind
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

ENGINE = "models"
_CWE = "https://cwe.mitre.org/data/definitions/{}.html"
_PICKLE = "https://docs.python.org/3/library/pickle.html#restricting-globals"


def _rule(
    name: str,
    title: str,
    severity: Severity,
    rationale: str,
    remediation: str,
    *,
    cwe: str,
    owasp: tuple[str, ...] = ("LLM03:2025", "LLM04:2025"),
    controls: tuple[str, ...] = ("DESERIAL-1", "SUPPLY-1"),
    references: tuple[str, ...] = (),
    confidence: Confidence = Confidence.FIRM,
) -> Rule:
    return Rule(
        id=RuleId(f"sast/{name}"),
        engine=ENGINE,
        stage=Stage.SAST,
        title=title,
        severity=severity,
        confidence=confidence,
        rationale=rationale,
        remediation=remediation,
        cwe=(cwe,),
        owasp=owasp,
        controls=controls,
        references=(_CWE.format(cwe.removeprefix("CWE-")), *references),
        since="0.1.0",
        reads=(FileKind.MODEL,),
    )


RUNS_CODE = _rule(
    "model-file-runs-code",
    "Model file that runs code when it is loaded",
    Severity.CRITICAL,
    "The file imports what starts programs, opens connections or evaluates text, and calls it "
    "while it loads. No model needs that: whoever loads the file is taken over.",
    "Do not load it; find out who put it there and which machines loaded it. Take the model anew "
    "from its publisher, in a format that holds data only:\n\n"
    '    state = safetensors.torch.load_file("model.safetensors")',
    cwe="CWE-502",
    references=(_PICKLE,),
)
HOLDS_CODE = _rule(
    "model-file-holds-code",
    "Model file that brings its own code",
    Severity.HIGH,
    "The file holds compiled functions (a Lambda layer, a pickled function) that run in the "
    "serving process with its keys and network. Nobody reviews bytecode in a model file.",
    "Keep functions in the repository, where they are reviewed, and only weights in the file:\n\n"
    "    model = build_model()\n"
    '    model.load_weights("model.weights.h5")',
    cwe="CWE-829",
    references=("https://keras.io/api/layers/core_layers/lambda/",),
)
UNSAFE_FORMAT = _rule(
    "model-file-in-unsafe-format",
    "Model kept in a format that can run code",
    Severity.LOW,
    "What the file imports today is harmless, but the format lets whoever can replace the file run "
    "code in every process that loads it; no signature is part of it.",
    "Convert it once, and load it in a format or mode that holds data only:\n\n"
    '    safetensors.torch.save_file(model.state_dict(), "model.safetensors")\n'
    '    torch.load("model.pt", weights_only=True)\n'
    '    skops.io.dump(forest, "forest.skops")',
    cwe="CWE-502",
    references=(_PICKLE, "https://huggingface.co/docs/safetensors"),
)
OUTSIDE = _rule(
    "model-file-names-outside-path",
    "Model file that names files outside its folder",
    Severity.HIGH,
    "Who loads or unpacks it reads or writes files of the host that the model's author chose.",
    "Do not load it. Keep a model's parts in its own folder and name them by bare names:\n\n"
    '    onnx.save(model, "model.onnx", save_as_external_data=True, location="model.data")',
    cwe="CWE-22",
    controls=("INPUT-1", "SUPPLY-1"),
    references=("https://onnx.ai/onnx/repo-docs/ExternalData.html",),
)
TEMPLATE = _rule(
    "model-file-template-reaches-out",
    "Chat template in a model file that reaches into Python",
    Severity.HIGH,
    "The template comes with the model and is rendered for each request; what it reaches for here "
    "(attributes of Python's objects, modules) leads out of a template engine that is no sandbox.",
    "Take the template from the model's publisher and compare; render it in a sandbox:\n\n"
    "    environment = jinja2.sandbox.ImmutableSandboxedEnvironment()",
    cwe="CWE-1336",
    owasp=("LLM03:2025",),
    references=("https://jinja.palletsprojects.com/en/stable/sandbox/",),
)
RULES = (RUNS_CODE, HOLDS_CODE, UNSAFE_FORMAT, OUTSIDE, TEMPLATE)
