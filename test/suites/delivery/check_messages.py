"""Checks messages with what their receivers publish: Slack's SDK, PagerDuty's, and Opsgenie's, made from its OpenAPI document.

Reads [[receiver, body], ...] as JSON and writes for each what is wrong with it, null where nothing is.
"""

import json
import sys

from opsgenie_sdk import CloseAlertPayload, CreateAlertPayload
from pypd.models.event import EventV2
from slack_sdk.models.blocks import Block


def check_slack(body):
    unknown = set(body) - {"text", "blocks"}
    if unknown:
        return f"unknown fields {sorted(unknown)}"
    if len(body["blocks"]) > 50:
        return "more than 50 blocks"
    for given, block in zip(body["blocks"], Block.parse_all(body["blocks"]), strict=True):
        # Elements are checked as they are written; what the SDK does not know it leaves out.
        written = block.to_dict()
        for child in getattr(block, "elements", None) or getattr(block, "fields", None) or []:
            child.validate_json()
        if written != given:
            return f"read as {json.dumps(written)}"
    return None


def check_pagerduty(body):
    # It wants a payload of every event; Events API v2 asks for none to resolve.
    payload = {"summary": "resolved", "source": "test", "severity": "info"}
    resolves = body.get("event_action") == "resolve"
    if resolves and not isinstance(body.get("dedup_key"), str):
        return "resolves nothing"
    EventV2.validate({"payload": payload, **body} if resolves else body)
    return None


def check_opsgenie(body):
    kind = CreateAlertPayload if "message" in body else CloseAlertPayload
    names = {name: attribute for attribute, name in kind.attribute_map.items()}
    types = {"str": str, "list[str]": list, "dict(str, str)": dict}
    for name, value in body.items():
        if name not in names:
            return f"unknown field {name}"
        if not isinstance(value, types[kind.openapi_types[names[name]]]):
            return f"{name} is no {kind.openapi_types[names[name]]}"
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        if not all(isinstance(part, str) for part in parts):
            return f"{name} holds what is no text"
    kind(**{names[name]: value for name, value in body.items()})
    return None


def check(receiver, body):
    try:
        return {"slack": check_slack, "pagerduty": check_pagerduty, "opsgenie": check_opsgenie}[receiver](body)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


json.dump([check(receiver, body) for receiver, body in json.load(sys.stdin)], sys.stdout)
