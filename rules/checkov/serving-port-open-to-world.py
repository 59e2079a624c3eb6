"""Model server's port is open to the whole internet."""

from __future__ import annotations

from _policy import Resource, policy

METADATA = {
    "title": "Model server's port is open to the whole internet",
    "severity": "high",
    "confidence": "firm",
    "rationale": """\
Model servers (Triton, vLLM, TorchServe, Ray, MLflow and others) listen on these ports
mostly without authentication. Ray's dashboard and TorchServe's management port run code for
whoever calls them.
""",
    "remediation": """\
Let only the gateway in, and close the port to the rest:

    resource "aws_vpc_security_group_ingress_rule" "from_gateway" {
      security_group_id            = aws_security_group.model.id
      referenced_security_group_id = aws_security_group.gateway.id
      from_port                    = 8000
      to_port                      = 8000
      ip_protocol                  = "tcp"
    }
""",
    "cwe": ["CWE-284", "CWE-668"],
    "owasp": ["API2:2023", "API8:2023"],
    "controls": ["NET-1", "AUTHN-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/284.html",
        "https://cwe.mitre.org/data/definitions/668.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group",
    ],
    "since": "0.1.0",
}


_PORTS = {
    3000: "BentoML",
    5000: "MLflow",
    5001: "MLflow",
    7070: "TorchServe",
    7071: "TorchServe management",
    7860: "Gradio",
    8000: "vLLM, Triton or Ray Serve",
    8001: "Triton",
    8002: "Triton metrics",
    8080: "a model server",
    8081: "TorchServe management",
    8082: "TorchServe metrics",
    8265: "Ray dashboard",
    8500: "TensorFlow Serving",
    8501: "TensorFlow Serving",
    8888: "Jupyter",
    9000: "Seldon",
    10001: "Ray client",
    11434: "Ollama",
    30000: "SGLang",
    50051: "gRPC",
}
_WORLD = {"0.0.0.0/0", "::/0", "*", "Internet", "Any"}
_EVERY = (0, 65535)
_ALL = {"-1", "all", "-1.0"}


@policy(
    __file__,
    METADATA["title"],
    "aws_security_group",
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "google_compute_firewall",
    "azurerm_network_security_rule",
    "azurerm_network_security_group",
)
def judge(resource: Resource) -> str | None:
    """Every rule of the resource that lets the world in on a port of a known server."""
    for first, last, sources in _rules(resource):
        if not sources & _WORLD:
            continue
        if (first, last) == _EVERY:
            return f"every port, also of a model server, is open to {min(sources & _WORLD)}"
        for port, server in _PORTS.items():
            if first <= port <= last:
                return f"port {port} ({server}) is open to {min(sources & _WORLD)}"
    return None


def _rules(resource: Resource) -> list[tuple[int, int, set[str]]]:
    match resource.type:
        case "aws_security_group":
            return [rule for block in resource.blocks("ingress") for rule in _aws(block)]
        case "aws_security_group_rule":
            return _aws(resource) if resource.first("type") == "ingress" else []
        case "aws_vpc_security_group_ingress_rule":
            return _aws(resource)
        case "google_compute_firewall":
            return _google(resource)
        case "azurerm_network_security_group":
            return [rule for block in resource.blocks("security_rule") for rule in _azure(block)]
        case _:
            return _azure(resource)


def _aws(block: Resource) -> list[tuple[int, int, set[str]]]:
    keys = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
    sources = {str(value) for key in keys for value in block.all(key)}
    protocol = str(block.first("protocol") or block.first("ip_protocol")).lower()
    if protocol in _ALL:
        return [(*_EVERY, sources)]
    return _ranges([f"{block.first('from_port')}-{block.first('to_port')}"], sources)


def _google(block: Resource) -> list[tuple[int, int, set[str]]]:
    if str(block.first("direction")).upper() == "EGRESS" or not block.has("allow"):
        return []
    sources = {str(value) for value in block.all("source_ranges")}
    # Without ports an entry is about all of them, of a protocol that has any.
    allowed = block.blocks("allow")
    every = [
        entry
        for entry in allowed
        if str(entry.first("protocol")).lower() in ("tcp", "6", "all") and not entry.has("ports")
    ]
    whole = [(*_EVERY, sources)] if every else []
    return [*whole, *_ranges(block.all("allow.ports"), sources)]


def _azure(block: Resource) -> list[tuple[int, int, set[str]]]:
    if str(block.first("direction")) != "Inbound" or str(block.first("access")) != "Allow":
        return []
    keys = ("source_address_prefix", "source_address_prefixes")
    sources = {str(value) for key in keys for value in block.all(key)}
    ports = [*block.all("destination_port_range"), *block.all("destination_port_ranges")]
    return _ranges(ports, sources)


def _ranges(ports: list[object], sources: set[str]) -> list[tuple[int, int, set[str]]]:
    found = []
    for port in ports:
        first, _, last = ("0-65535" if port == "*" else str(port)).partition("-")
        if first.isdigit() and (last or first).isdigit():
            found.append((int(first), int(last or first), sources))
    return found
