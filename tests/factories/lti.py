"""The other side of LTI, over real HTTP on this machine: keys, tokens, scores, rosters; and what both sides sign."""

import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from joserfc import jwt
from joserfc.jwk import RSAKey

from talka.courses.lti import claims as c
from talka.courses.lti import keys
from talka.courses.lti.platforms import actions as platforms
from talka.courses.lti.tools import actions as tools
from talka.courses.models import LtiKey, LtiPlatform
from talka.kit.sealed import seal

# Made once: making a key takes a tenth of a second.
PAIR = RSAKey.generate_key(2048, {"kid": "theirs", "use": "sig", "alg": "RS256"})
OTHER_PAIR = RSAKey.generate_key(2048, {"kid": "theirs", "use": "sig", "alg": "RS256"})
OUR_PAIR = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})


class OtherSide:
    """A small server: `answers` by path are (status, headers, body); what was asked is in `asked` as (method, path, headers, body)."""

    def __init__(self):
        side = self
        self.asked = []
        self.answers = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                size = int(self.headers.get("Content-Length") or 0)
                side.asked.append((self.command, self.path, dict(self.headers), self.rfile.read(size).decode()))
                status, headers, body = side.answers.get(urlsplit(self.path).path, (404, {}, "nothing here"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else body.encode())

            do_POST = do_GET  # noqa: N815  # the name that the standard library calls

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.publish(PAIR.as_dict(private=False))
        self.json("/token", {"access_token": "theirs", "token_type": "Bearer", "expires_in": 3600})

    def json(self, path, value, *, status=200, **headers):
        self.answers[path] = (status, {"Content-Type": "application/json", **headers}, json.dumps(value))

    def publish(self, *rows):
        self.json("/keys", {"keys": list(rows)})

    def posts(self, path):
        """Bodies that were posted to a path."""
        return [body for method, asked, _headers, body in self.asked if method == "POST" and urlsplit(asked).path == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def signed(claims, *, key=PAIR, algorithm="RS256", kid="theirs"):
    if algorithm == "HS256":
        # By hand: no library lends itself to signing with a public key as if it were a shared secret.
        head, body = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "HS256", "kid": kid}, claims))
        mark = hmac.digest(PAIR.as_pem(private=False), head + b"." + body, "sha256")
        return b".".join((head, body, urlsafe_b64encode(mark).rstrip(b"="))).decode()
    return jwt.encode({"alg": algorithm, "typ": "JWT", "kid": kid}, claims, key, algorithms=[algorithm])


def our_key(of, at):
    """Our key pair of a registration, or for tools, without making one anew for every test."""
    kid = f"ours-{of.uuid if of else 'for-tools'}"
    named = {"kid": kid, "use": "sig", "alg": "RS256"}
    public, private = (OUR_PAIR.as_dict(private=secret) | named for secret in (False, True))
    hidden = seal(json.dumps(private), purpose=keys.PURPOSE)
    if not LtiKey.objects.filter(platform=of, retired_at=None).exists():
        LtiKey.objects.create(platform=of, kid=kid, public=public, hidden=hidden, made_at=at)


def platform(side, *, cluster, by, at, **kwargs):
    """A complete registration of `side` as a platform."""
    made = LtiPlatform.objects.create(
        name="Their Moodle", cluster=cluster, organisation=kwargs.pop("organisation", None), made_at=at, made_by=by
    )
    our_key(made, at)
    said = {
        "issuer": side.base, "client_id": "talka-there", "deployments": ["1"], "login_url": f"{side.base}/auth", "token_url": f"{side.base}/token",
        "keys_url": f"{side.base}/keys",
    }  # fmt: skip
    return platforms.change(platform=made, by=by, **(said | kwargs))


def tool(side, *, cluster, by, at, **kwargs):
    """A registration of `side` as a tool."""
    our_key(None, at)
    said = {
        "name": "Breakout", "login_url": f"{side.base}/login", "launch_url": f"{side.base}/launch", "redirects": [f"{side.base}/launch"],
        "deep_link_url": f"{side.base}/launch", "keys_url": f"{side.base}/keys", "public_key": "", "custom": {}, "sends_name": False, "sends_email": False,
    }  # fmt: skip
    return tools.register(cluster=cluster, by=by, at=at, **(said | kwargs))


def launch_claims(registered, asked_nonce, *, target, **changes):
    """What a platform says in a launch of `target`."""
    at = int(time.time())
    said = {
        "iss": registered.issuer, "aud": registered.client_id, "sub": "ada", "nonce": asked_nonce, "iat": at, "exp": at + 300, "name": "Ada Moss",
        "email": "ada@school.example", c.LTI + "message_type": c.RESOURCE, c.LTI + "version": "1.3.0", c.LTI + "deployment_id": "1",
        c.LTI + "target_link_uri": target, c.LTI + "roles": [c.LEARNER], c.LTI + "resource_link": {"id": "link-1", "title": "Oak"},
        c.LTI + "context": {"id": "class-1", "title": "Class"},
        c.AGS: {"scope": [c.SCORES], "lineitem": f"{registered.issuer}/items/1", "lineitems": f"{registered.issuer}/items"},
        c.NRPS: {"context_memberships_url": f"{registered.issuer}/members", "service_versions": ["2.0"]},
    }  # fmt: skip
    return {key: value for key, value in (said | changes).items() if value is not None}


def begin(client, registered, *, target, **given):
    """The login as the platform's page begins it; answers the query of the redirect to the platform."""
    said = {"iss": registered.issuer, "login_hint": "h", "target_link_uri": target, "client_id": registered.client_id} | given
    answer = client.get("/lti/login/", said)
    assert answer.status_code == 302, answer.content.decode()
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def launch(client, registered, *, target, key=PAIR, algorithm="RS256", kid="theirs", framed=False, state=None, token=None, **changes):
    """A whole launch; answers what our launch address answers."""
    asked = begin(client, registered, target=target)
    said = launch_claims(registered, asked["nonce"], target=target, **changes)
    posted = {"state": state or asked["state"], "id_token": token or signed(said, key=key, algorithm=algorithm, kid=kid)}
    return client.post("/lti/launch/", posted, headers={"Sec-Fetch-Dest": "iframe" if framed else "document"})


def arrive(client, registered, **kwargs):
    """A launch in a window of its own, and in through the door."""
    answer = launch(client, registered, **kwargs)
    assert answer.status_code == 303, answer.content.decode()
    return client.get(answer["Location"])


def address(thing):
    return f"{settings.SITE_URL}/id/{type(thing).__name__.lower()}/{thing.uuid}"
