"""The local service with something to show, and an API Gateway event for each function."""

import json
import re
import subprocess
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
EVENTS = ROOT / "tests/events"
ROUTES = ROOT / "shared/src/routes.rs"
# Not secret: it opens a service that keeps nothing and listens on 127.0.0.1.
API_KEY = "cold-start"
ME, OTHER, GROUP, BOT = "cometchat-uid-1", "cometchat-uid-2", "cometchat-guid-1", "halley-bot"
NEWCOMER, BANNED = "newcomer", "cometchat-uid-5"
# What a new service is asked for before anything is measured.
READ = ["/conversations", "/messages?searchKey=gate", f"/groups/{GROUP}/messages", "/users", "/groups"]
HOOK = {"webhookURL": "https://bots.example/hook"}
# The bodies of requests that `tests/events` does not have; the others are sent `{}`.
BODIES = {
    "add-group-members": {"participants": [NEWCOMER]},
    "block-users": {"blockedUids": [BANNED]},
    "change-member-scope": {"scope": "moderator"},
    "create-bot": {"uid": NEWCOMER} | HOOK,
    "create-group": {"guid": "MUID", "name": "Tool library", "type": "public"},
    "add-triggers": {"triggerIds": ["message_edited"]},
    "create-webhook": {"id": "MUID", "name": "Other", "webhookURL": "https://hooks.example/other"},
    "remove-triggers": {"triggerIds": ["message_sent"]},
    "update-webhook": {"name": "Audit"},
    "create-upload-urls": {
        "receiver": OTHER,
        "receiverType": "user",
        "files": {"f": {"name": "a.png", "size": 7, "mimeType": "image/png"}},
    },
    "create-user-session": {"sessionId": "MUID"},
    "create-user": {"uid": "MUID", "name": "Maria"},
    "deactivate-users": {"uidsToDeactivate": [NEWCOMER]},
    "flag-message": {"reasonId": "spam"},
    "interact-with-message": {"interactions": ["ok"]},
    "reactivate-users": {"uidsToActivate": [NEWCOMER]},
    "set-pinned-conversations": {"pinnedConversations": []},
    "unblock-users": {"blockedUids": [BANNED]},
    "update-auth-token": {"platform": "web"},
    "update-bot": HOOK,
    "update-group": {"name": "Tool library"},
    "update-group-conversation": {"tags": ["tools"]},
    "update-me": {"name": "Maria"},
    "update-user": {"name": "Maria"},
    "update-user-conversation": {"tags": ["tools"]},
}
# Who asks, where it is not `ME`; other names of the path, where they are not `OTHER` and `GROUP`.
OF_ITSELF = {"create-user-session", "delete-me", "get-me", "update-me"}
BY_OTHER = {"delete-message", "update-message"}
BY_APP = {
    "add-group-members",
    "ban-group-member",
    "block-users",
    "change-member-scope",
    "delete-group",
    "list-banned-users",
    "remove-group-member",
    "unban-group-member",
    "unblock-users",
    "update-group",
}
UIDS = {"delete-bot": BOT, "get-bot": BOT, "update-bot": BOT, "unban-group-member": BANNED}


@dataclass(frozen=True)
class Stage:
    """A running local service with a message from each side of a conversation."""

    dynamodb_port: int
    s3_url: str
    access_key_id: str
    secret_access_key: str
    message_id: str
    form_id: str
    auth_token: str

    @staticmethod
    @contextmanager
    def started(binary: Path) -> Iterator["Stage"]:
        command = [binary, "--memory", "--port", "0", "--quiet", "--api-key", API_KEY]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
            try:
                yield Stage._furnished(service.stdout)
            finally:
                service.terminate()

    @staticmethod
    def _furnished(lines) -> "Stage":
        base_url = _said(lines, r"Halley listens on (\S+)")[1]
        where = _said(lines, r"DynamoDB: http://[^:]+:(\d+).*S3: (\S+)")
        keys = _said(lines, r"AWS tools: .*AWS_ACCESS_KEY_ID=(\S+) AWS_SECRET_ACCESS_KEY=(\S+)")
        text = {"receiverType": "user", "data": {"text": "Gate opens at six"}}
        _post(f"{base_url}/messages", ME, text | {"receiver": OTHER})
        message = _post(f"{base_url}/messages", OTHER, text | {"receiver": ME})
        form = {"category": "interactive", "type": "form", "data": {"interactiveData": {"elementId": "ok"}}}
        form = _post(f"{base_url}/messages", OTHER, text | form | {"receiver": ME})
        _post(f"{base_url}/users", None, {"uid": NEWCOMER, "name": "New here"})
        _post(f"{base_url}/groups/{GROUP}/bannedusers/{BANNED}", None, {})
        hook = {"id": "audit", "name": "Audit", "webhookURL": "https://hooks.example/audit"}
        _post(f"{base_url}/webhooks", None, hook | {"triggers": ["message_sent"]})
        token = _post(f"{base_url}/users/{OTHER}/auth_tokens", None, {})
        # What the service does for the first time takes it longer, and that is not the function's.
        for path in READ:
            _get(f"{base_url}{path}", ME)
        return Stage(int(where[1]), where[2], keys[1], keys[2], str(message["id"]), str(form["id"]), token["authToken"])


def _said(lines, pattern: str) -> re.Match:
    for line in lines:
        if found := re.match(pattern, line):
            return found
    raise SystemExit("the local service ended without saying where it listens")


def _post(url: str, uid: str | None, body: dict) -> dict:
    return _answer(urllib.request.Request(url, json.dumps(body).encode(), _headers(uid)))


def _get(url: str, uid: str) -> dict | list:
    return _answer(urllib.request.Request(url, headers=_headers(uid)))


def _headers(uid: str | None) -> dict[str, str]:
    return {"apikey": API_KEY, "content-type": "application/json"} | ({"onBehalfOf": uid} if uid else {})


def _answer(request: urllib.request.Request) -> dict | list:
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["data"]


def event_of(function: str, stage: Stage, muid: str) -> dict:
    """A request to `function`. No two have the same `muid`, so that every send stores a message."""
    recorded = EVENTS / f"{function}.json"
    event = json.loads(recorded.read_text()) if recorded.exists() else _made(function)
    _identify(function, event["headers"])
    text = json.dumps(event).replace("API_KEY", API_KEY).replace("MESSAGE_ID", stage.message_id)
    text = text.replace("FORM_ID", stage.form_id)
    return json.loads(text.replace("AUTH_TOKEN", stage.auth_token).replace("event-1", muid).replace("MUID", muid))


def is_spent_by(function: str | None, event: dict) -> bool:
    """Whether another function may find the stage otherwise than it was after this event."""
    is_read = event["requestContext"]["http"]["method"] == "GET"
    return not (is_read or function is None or function == "send-message")


def _identify(function: str, headers: dict) -> None:
    if function in OF_ITSELF:
        del headers["apikey"], headers["onbehalfof"]
        headers["authtoken"] = "AUTH_TOKEN"
    elif function in BY_APP:
        del headers["onbehalfof"]
    elif function in BY_OTHER:
        headers["onbehalfof"] = OTHER


def _made(function: str) -> dict:
    """An event from the function's first route, with the seeded people in its path."""
    route = re.search(rf'"{function}" \["(\w+)" "([^"]+)"', ROUTES.read_text())
    method, path = route.groups() if route else ("GET", "/{version}/nowhere")
    values = {
        "version": "v3",
        "uid": UIDS.get(function, OTHER),
        "guid": GROUP,
        "id": "FORM_ID" if function == "interact-with-message" else "MESSAGE_ID",
        "reaction": "x",
        "authToken": "AUTH_TOKEN",
        "webhookId": "audit",
        "conversationId": f"group_{GROUP}",
    }
    names = re.findall(r"{(\w+)\+?}", path)
    event = json.loads((EVENTS / "send-message.json").read_text())
    event["routeKey"] = event["requestContext"]["routeKey"] = f"{method} {path}" if route else "$default"
    event["pathParameters"] = {name: values[name] for name in names}
    event["rawPath"] = re.sub(r"{(\w+)\+?}", lambda name: values[name[1]], path)
    event["requestContext"]["http"] |= {"method": method, "path": event["rawPath"]}
    event["body"] = json.dumps(BODIES.get(function, {}))
    event["headers"]["content-length"] = str(len(event["body"]))
    if method == "GET":
        del event["body"], event["headers"]["content-length"], event["headers"]["content-type"]
    return event
