"""Signs schemathesis in, and keeps it from pulling up the ladder that it stands on.

The base URL, and two owners whose password is the same, come from the environment: OPBX_CONTRACT_URL,
OPBX_CONTRACT_OWNER, OPBX_CONTRACT_OTHER and OPBX_CONTRACT_PASSWORD.
"""

import os
import zlib

import requests
import schemathesis

URL = os.environ["OPBX_CONTRACT_URL"]
OWNER = os.environ["OPBX_CONTRACT_OWNER"]
OTHER = os.environ["OPBX_CONTRACT_OTHER"]
PASSWORD = os.environ["OPBX_CONTRACT_PASSWORD"]

# These end the session that asks, so each request gets one of its own, of somebody whose others nobody needs.
ENDING = {
    "auth.logout",
    "auth.refresh",
    "auth.sessions.delete",
    "auth.sessions.delete_others",
}
# An account takes ten logins in five minutes; after these, an API key asks, which has no session to end.
LOGINS_MAX = 8
TIMEOUT_S = 30
# One in so many requests keeps its `If-Match` and its `Idempotency-Key`.
KEPT_OF = 4
KEY_LEN_MAX = 255
# Members of bodies that name an address which the product asks.
FETCHED = {"remote_url", "url"}


def login(email):
    answer = requests.post(
        f"{URL}/api/v1/auth/login",
        json={"email": email, "password": PASSWORD},
        timeout=TIMEOUT_S,
    )
    answer.raise_for_status()
    return answer.json()


def operation_id(operation):
    return operation.definition.raw.get("operationId")


def new_key(token):
    answer = requests.post(
        f"{URL}/api/v1/api-keys",
        json={"name": "Contract", "scope": "write"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_S,
    )
    answer.raise_for_status()
    return answer.json()["api_key"]


SIGNED_IN = login(OWNER)
OTHER_SIGNED_IN = login(OTHER)
KEY = new_key(OTHER_SIGNED_IN["access_token"])
# The two whom the run is signed in as.
OURS = {str(SIGNED_IN["user"]["id"]), str(OTHER_SIGNED_IN["user"]["id"])}


@schemathesis.auth(refresh_interval=None)
class Session:
    """A bearer token for every request that shall have one."""

    logins = 0

    def get(self, _case, context):
        if operation_id(context.operation) not in ENDING:
            return SIGNED_IN["access_token"]
        if Session.logins >= LOGINS_MAX:
            return KEY
        Session.logins += 1
        return login(OTHER)["access_token"]

    def set(self, case, token, _context):
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def filter_case(_context, case):
    """Leaves alone the two users of the run: a user who was deactivated is refused everything."""
    if not case.operation.path.startswith("/api/v1/users/"):
        return True
    return str((case.path_parameters or {}).get("id")) not in OURS


@schemathesis.hook
def map_case(_context, case):
    """Lets most writes through to what they write, and leads addresses nowhere."""
    headers = case.headers if case.headers is not None else {}
    drawn = zlib.crc32(f"{case.path_parameters} {case.body}".encode(errors="replace"))
    # A version that was drawn is hardly ever the record's, and 412 tells nothing of the body.
    if drawn % KEPT_OF and "If-Match" in headers:
        del headers["If-Match"]
    # The same key is drawn again and again with another body, and 422 tells nothing of that one. Keys that break their
    # own bounds stay: they are refused for that.
    key = headers.get("Idempotency-Key")
    if drawn % KEPT_OF and isinstance(key, str) and 1 <= len(key) <= KEY_LEN_MAX:
        del headers["Idempotency-Key"]
    # A part whose name no form can say is an unreadable body (400), whatever its schema lets pass.
    if isinstance(case.body, dict) and (case.media_type or "").startswith("multipart/"):
        case.body = {name: part for name, part in case.body.items() if name.isidentifier() and name.isascii()}
    # `.invalid` is never resolved (RFC 2606), so that a run reaches no network.
    if isinstance(case.body, dict):
        for name in FETCHED.intersection(case.body):
            url = case.body[name]
            if isinstance(url, str) and url.startswith(("http://", "https://")):
                case.body[name] = f"{url.split(':', 1)[0]}://elsewhere.invalid/"
    return case
