"""The Python SDK's types and methods are those that openapi.json describes."""

import inspect
import json
from collections.abc import AsyncGenerator, Generator, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from cevvo_sdk import AsyncCevvo, AsyncChatStream, AsyncPager, Cevvo, ChatStream, Page, types
from cevvo_sdk._call import Unset
from cevvo_sdk.types import Model

API = json.loads((Path(__file__).parents[2] / "openapi.json").read_text())


def operations() -> dict[str, dict[str, Any]]:
    """What belongs to the SDKs: what is under /api/v1 and a key may call.

    All other paths speak to the clients of others, and what takes nothing but a session, or asks
    for neither, is for the dashboard alone.
    """
    return {
        operation["operationId"]: operation
        for path, methods in API["paths"].items()
        if path.startswith("/api/v1/")
        for operation in methods.values()
        if any("ApiKey" in way for way in operation["security"])
    }


def reached(description: Any, found: set[str]) -> set[str]:
    """``found``, and what the description refers to, directly and over other references."""
    if isinstance(description, list):
        for each in description:
            reached(each, found)
    elif isinstance(description, dict):
        for name, each in description.items():
            if name != "$ref":
                reached(each, found)
            elif each not in found:
                found.add(each)
                kind, component = each.split("/")[-2:]
                reached(API["components"][kind][component], found)
    return found


REACHED = reached([*operations().values()], set())
SCHEMAS = {
    name: schema
    for name, schema in API["components"]["schemas"].items()
    if f"#/components/schemas/{name}" in REACHED
}
NAMES = {  # where they are not the same
    "ActorObject": "Actor",
    "AnswerDocumentObject": "AnswerDocument",
    "AnswerSettingsObject": "AnswerSettings",
    "ApiKeyObject": "ApiKey",
    "AssistantMessage": "Message",
    "BucketObject": "Bucket",
    "ChunkOut": "Chunk",
    "CitingQuestionOut": "CitingQuestion",
    "CandidateObject": "Candidate",
    "CitationObject": "Citation",
    "CitedSourceObject": "CitedSource",
    "ConflictObject": "Conflict",
    "ConflictSideObject": "ConflictSide",
    "ConversationSummary": "Conversation",
    "ConversationsMeta": "PageMeta",
    "CoverageGapObject": "CoverageGap",
    "DeliveryObject": "WebhookDelivery",
    "DifferenceObject": "Difference",
    "DocumentDetail": "SourceDocumentDetail",
    "DocumentOut": "SourceDocument",
    "EscalationObject": "Escalation",
    "FeedbackObject": "Feedback",
    "GapAnswerObject": "GapAnswer",
    "GapCitationObject": "GapCitation",
    "GapConversationObject": "GapConversation",
    "HandoverObject": "HandoverRules",
    "HandoverOut": "Handover",
    "IntervalObject": "Interval",
    "JobError": "ErrorDetail",
    "JobOut": "Job",
    "LostEvidenceObject": "LostEvidence",
    "NearestPassageObject": "NearestPassage",
    "NearestSourceObject": "NearestSource",
    "OutlineObject": "Outline",
    "OutlinePointObject": "OutlinePoint",
    "OutlineSectionObject": "OutlineSection",
    "OverviewObject": "Overview",
    "PreviewError": "ErrorDetail",
    "PreviewOut": "Preview",
    "RefusedTopicObject": "RefusedTopic",
    "RetentionObject": "Retention",
    "RetrievedObject": "RetrievedPassage",
    "SaidObject": "Said",
    "SourceOut": "Source",
    "StaleAnswerObject": "StaleAnswer",
    "StaleCitationObject": "StaleCitation",
    "StaleSaidObject": "StaleSaid",
    "SyncStarted": "JobAccepted",
    "TextAccepted": "JobAccepted",
    "TimeSeriesObject": "TimeSeries",
    "TimingsObject": "Timings",
    "TopQuestionObject": "TopQuestion",
    "TraceObject": "Trace",
    "TrendObject": "Trend",
    "UploadAccepted": "JobAccepted",
    "UrlAccepted": "JobAccepted",
    "UsageEntryObject": "UsageEntry",
    "RefusedRequestsObject": "RefusedRequests",
    "UsageObject": "Usage",
    "UsageReportObject": "UsageReport",
    "UserMessage": "Message",
    "VisitorTokenObject": "VisitorToken",
    "WebhookObject": "Webhook",
    "WidgetObject": "ShownWidget",
    "WidgetSettingsObject": "WidgetSettings",
}
OPERATIONS = {
    "chat": "chat.create",
    "chat_stream": "chat.stream",
    "list_conversations": "conversations.list",
    "export_conversations": "conversations.export",
    "get_conversation": "conversations.get",
    "delete_conversation": "conversations.delete",
    "delete_conversations": "conversations.delete_by_user",
    "escalate": "conversations.escalate",
    "rate": "feedback",
    "get_answer_settings": "settings.answers",
    "change_answer_settings": "settings.update_answers",
    "get_retention": "settings.retention",
    "change_retention": "settings.update_retention",
    "get_widget_settings": "settings.widget",
    "change_widget_settings": "settings.update_widget",
    "get_widget": "settings.shown_widget",
    "get_usage": "usage",
    "list_sources": "sources.list",
    "create_source": "sources.create",
    "preview_crawl": "sources.preview",
    "get_source": "sources.get",
    "update_source": "sources.update",
    "delete_source": "sources.delete",
    "sync_source": "sources.sync",
    "list_documents": "sources.documents",
    "get_document": "sources.document",
    "delete_document": "sources.delete_document",
    "get_original": "sources.original",
    "find_document": "sources.find_document",
    "list_citing_questions": "sources.questions",
    "upload_file": "ingest.upload",
    "ingest_url": "ingest.url",
    "ingest_text": "ingest.text",
    "get_status": "ingest.status",
    "stream_jobs": "ingest.stream_jobs",
    "list_jobs": "ingest.jobs",
    "list_pages": "ingest.pages",
    "cancel_job": "ingest.cancel",
    "overview": "analytics.overview",
    "timeseries": "analytics.timeseries",
    "top_questions": "analytics.top_questions",
    "coverage_gaps": "analytics.coverage_gaps",
    "stale_answers": "analytics.stale_answers",
    "conflicts": "analytics.conflicts",
    "get_trace": "messages.trace",
    "replay_message": "messages.replay",
    "get_gap": "analytics.coverage_gap",
    "update_gap": "analytics.update_coverage_gap",
    "answer_gap": "analytics.answer_coverage_gap",
    "list_api_keys": "api_keys.list",
    "create_api_key": "api_keys.create",
    "rotate_api_key": "api_keys.rotate",
    "revoke_api_key": "api_keys.revoke",
    "list_audit_log": "audit_log.list",
    "create_visitor_token": "visitor_tokens.create",
    "list_webhooks": "webhooks.list",
    "create_webhook": "webhooks.create",
    "get_webhook": "webhooks.get",
    "change_webhook": "webhooks.update",
    "delete_webhook": "webhooks.delete",
    "rotate_webhook": "webhooks.rotate",
    "test_webhook": "webhooks.test",
    "list_deliveries": "webhooks.deliveries",
    "retry_delivery": "webhooks.retry",
}
DIFFERENT = {("SourceUpdate", "type"), ("SourceUpdate", "url")}  # only there to be refused


def of_schema(schema: dict[str, Any]) -> str:
    """A type as the description has it, in a form that both can be brought to; without null."""
    if "anyOf" in schema:
        (schema,) = (each for each in schema["anyOf"] if each.get("type") != "null")
    if "oneOf" in schema:
        return " | ".join(sorted({of_schema(each) for each in schema["oneOf"]}))
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return "anything" if name == "JsonValue" else NAMES.get(name, name)
    if "const" in schema:
        return str([schema["const"]])
    if "enum" in schema:
        return str(sorted(schema["enum"]))
    match schema.get("type"):
        case "array":
            return f"list of {of_schema(schema['items'])}"
        case "object":
            return f"object of {of_schema(schema['additionalProperties'])}"
    return str(schema.get("type"))


def of_hint(hint: Any) -> str:
    """The same of an annotation."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return str(sorted(args))
    if origin is not None and type(None) in args:
        return of_hint(next(a for a in args if a is not type(None) and a is not Unset))
    if origin in (list, Sequence, Page, AsyncPager):
        return f"list of {of_hint(args[0])}"
    if hint in (ChatStream, AsyncChatStream) or origin in (Generator, AsyncGenerator):
        return "a stream"
    if origin is not None:  # a dict or Mapping
        return f"object of {of_hint(args[1])}"
    simple = {str: "string", int: "integer", float: "number", bool: "boolean", Any: "anything"}
    return simple.get(hint) or str(hint.__name__)


def nullable(schema: dict[str, Any]) -> bool:
    return any(each.get("type") == "null" for each in schema.get("anyOf", ()))


def same(schema: dict[str, Any], hint: Any) -> bool:
    described, written = of_schema(schema), of_hint(hint)
    if written.startswith("['") and ("const" in schema or described == "string"):
        # one of several kinds of an object, or a text of which words say which there are
        return "const" not in schema or schema["const"] in get_args(hint)
    return described == written.removesuffix("Input")


def described_as(name: str) -> list[dict[str, Any]]:
    return [schema for key, schema in SCHEMAS.items() if NAMES.get(key, key) == name]


MODELS = {name: kind for name, kind in vars(types).items() if isinstance(kind, type)}
IN_WORDS_ONLY = {"Model", "TextEvent", "SourcesEvent", "JobsEvent"}  # a base, events of streams
OBJECTS = sorted({n for n, kind in MODELS.items() if issubclass(kind, Model)} - IN_WORDS_ONLY)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_has_the_fields_that_are_described(name: str) -> None:
    fields = dict(getattr(types, name).fields())
    schemas = described_as(name)
    assert fields.keys() == {field for schema in schemas for field in schema["properties"]}
    for field, hint in fields.items():
        found = [schema["properties"].get(field) for schema in schemas]
        kinds = [each for each in found if each is not None]
        assert all(same(each, hint) for each in kinds), (field, hint, kinds)
        may_lack = None in found or any(map(nullable, kinds))
        assert may_lack == (type(None) in get_args(hint)), (field, hint)


def test_a_streams_last_event_has_what_an_answer_has() -> None:
    fields = types.SourcesEvent.fields().keys() - {"type"}
    assert fields == types.ChatResponse.fields().keys() - {"answer"}


@pytest.mark.parametrize("name", [n for n, kind in MODELS.items() if is_typeddict(kind)])
def test_an_object_to_send_has_the_fields_that_are_described(name: str) -> None:
    key = {"RefusedTopicInput": "RefusedTopicObject"}.get(name, name)
    hints = get_type_hints(MODELS[name])
    assert hints.keys() == SCHEMAS[key]["properties"].keys()
    for field, schema in SCHEMAS[key]["properties"].items():
        assert same(schema, hints[field]), (field, hints[field])


def test_every_operation_has_a_method() -> None:
    assert operations().keys() == OPERATIONS.keys()


def test_what_is_for_the_dashboard_alone_is_left_out() -> None:
    assert not operations().keys() & {"sign_in", "list_people", "delete_workspace", "list_models"}
    assert {"ApiKeyObject", "ActorObject", "Error"} <= SCHEMAS.keys()
    assert not SCHEMAS.keys() & {"SignInRequest", "PersonObject", "Completion"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_method_takes_what_the_operation_takes(operation: str) -> None:
    described: dict[str, dict[str, Any]] = {}
    places = 0
    for parameter in operations()[operation].get("parameters", ()):
        places += parameter["in"] == "path"
        if parameter["in"] == "query":
            described[parameter["name"]] = parameter["schema"]
    for content in operations()[operation].get("requestBody", {}).get("content", {}).values():
        name = content["schema"]["$ref"].rpartition("/")[2]
        properties = SCHEMAS[name]["properties"].items()
        described |= {key: value for key, value in properties if (name, key) not in DIFFERENT}
    for client in CLIENTS:
        method = found(client, OPERATIONS[operation])
        hints = get_type_hints(method)
        assert returned(operations()[operation]) == of_hint(hints.pop("return"))
        assert len(hints) == len(described) + places
        for field, schema in described.items():
            if operation == "upload_file" and field in ("file", "metadata"):
                continue  # a form: the file as it may come, and JSON in a text
            assert same(schema, hints[field]), (field, hints[field])


def returned(operation: dict[str, Any]) -> str:
    """What an operation gives when all went well; a list of pages as its items."""
    (answer,) = (each for code, each in operation["responses"].items() if code[0] == "2")
    (media_type, content), *_ = answer["content"].items()
    if media_type == "text/event-stream":
        return "a stream"
    if media_type != "application/json":
        return "bytes"
    described = SCHEMAS[content["schema"]["$ref"].rpartition("/")[2]]
    if "meta" in described["properties"]:
        return f"list of {of_schema(described['properties']['data']['items'])}"
    return of_schema(content["schema"])


CLIENTS = [kind(api_key="cevvo_sk_test") for kind in (Cevvo, AsyncCevvo)]


def found(client: object, name: str) -> Any:
    """The method of that name."""
    made = client
    for part in name.split("."):
        made = getattr(made, part)
    assert inspect.getdoc(made)
    return made
