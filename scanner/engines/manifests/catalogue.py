"""The one list of the policies of this engine."""

from __future__ import annotations

from scanner.engines.manifests.policies import (
    artefacts,
    envoy,
    exposure,
    istio,
    istio_traffic,
    kong,
    workloads,
)

POLICIES = (
    *workloads.POLICIES,
    *artefacts.POLICIES,
    *exposure.POLICIES,
    *istio.POLICIES,
    *istio_traffic.POLICIES,
    *kong.POLICIES,
    *envoy.POLICIES,
)
