"""The probes, named one by one: adding a probe is a file and a line here."""

from __future__ import annotations

from scanner.engines.dast.conversation import Probe
from scanner.engines.dast.probes import (
    broken_function_authorization,
    broken_object_authorization,
    code_evaluation,
    command_injection,
    excessive_data_exposure,
    external_entity,
    forged_token,
    header_injection,
    mass_assignment,
    missing_authentication,
    missing_login_throttling,
    missing_rate_limit,
    missing_security_headers,
    nosql_injection,
    path_traversal,
    reflected_cors_origin,
    replayable_flow,
    server_side_request_forgery,
    sql_injection,
    template_injection,
    undocumented_operation,
    unsafe_upstream_consumption,
    user_enumeration,
    verbose_error,
)

PROBES: tuple[Probe, ...] = (
    missing_security_headers.PROBE,
    reflected_cors_origin.PROBE,
    undocumented_operation.PROBE,
    missing_authentication.PROBE,
    forged_token.PROBE,
    broken_function_authorization.PROBE,
    excessive_data_exposure.PROBE,
    broken_object_authorization.PROBE,
    verbose_error.PROBE,
    sql_injection.PROBE,
    command_injection.PROBE,
    template_injection.PROBE,
    code_evaluation.PROBE,
    path_traversal.PROBE,
    nosql_injection.PROBE,
    external_entity.PROBE,
    header_injection.PROBE,
    server_side_request_forgery.PROBE,
    unsafe_upstream_consumption.PROBE,
    replayable_flow.PROBE,
    user_enumeration.PROBE,
    # Last of those that write: for a moment it makes an administrator of a user.
    mass_assignment.PROBE,
    missing_login_throttling.PROBE,
    missing_rate_limit.PROBE,
)
