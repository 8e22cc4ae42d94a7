"""PyLTI1p3 with our tables behind it: what a platform posts is checked, what we ask of it is signed."""

from collections.abc import Mapping
from typing import Any

import orjson
from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.service_connector import ServiceConnector
from pylti1p3.session import SessionService
from pylti1p3.tool_config import ToolConfAbstract

from talka.courses.lti import keys
from talka.courses.models import LtiKey, LtiLogin, LtiPlatform
from talka.kit import outgoing


class Known(Registration):
    """The registration of one platform, with our key."""

    def __init__(self, platform: LtiPlatform, key: LtiKey) -> None:
        self.set_issuer(platform.issuer).set_client_id(platform.client_id).set_auth_login_url(platform.login_url)
        self.set_auth_token_url(platform.token_url).set_key_set_url(platform.keys_url)
        self.set_tool_private_key(keys.private_key(key).as_pem(private=True).decode())
        self.kid = key.kid

    def get_kid(self) -> str:
        return self.kid


class Configuration(ToolConfAbstract):
    """One platform and its deployments: a launch is checked against the registration with which its login began."""

    def __init__(self, platform: LtiPlatform, registration: Known) -> None:
        self.platform, self.registration = platform, registration

    def check_iss_has_one_client(self, iss: str) -> bool:  # noqa: ARG002  # the library's signature
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:  # noqa: ARG002
        return True

    def find_registration_by_issuer(self, iss: str, *_args: Any, **_kwargs: Any) -> Registration:
        raise LtiException(f"{iss} is known by its client id only")

    def find_deployment(self, iss: str, deployment_id: str) -> None:  # noqa: ARG002
        return None

    def find_registration_by_params(self, iss: str, client_id: str, *_args: Any, **_kwargs: Any) -> Registration:
        if (iss, client_id) != (self.platform.issuer, self.platform.client_id):
            raise LtiException("Registration not found.")
        return self.registration

    def find_deployment_by_params(self, iss: str, deployment_id: str, client_id: str, *_args: Any, **_kwargs: Any) -> Deployment | None:  # noqa: ARG002
        return Deployment().set_deployment_id(deployment_id) if deployment_id in self.platform.deployments else None


class Posted(Request):
    """What came with the launch."""

    session: dict[str, Any] = {}  # never filled: state and nonce are rows

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self.given.get(key, "")


class _NoCookies(CookieService):
    def get_cookie(self, name: str) -> str | None:  # noqa: ARG002
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3_600) -> None:
        pass


class Launch(MessageLaunch):
    """A launch whose state and nonce are those of `login`, a row that was used up before, so that each counts once.

    Whose browser it is, is asked afterwards (`views.arrive`), since in a frame no cookie comes along.
    """

    def __init__(self, given: Mapping[str, str], login: LtiLogin, registration: Known) -> None:
        posted = Posted(given)
        super().__init__(
            posted, Configuration(login.platform, registration), SessionService(posted), _NoCookies(), None, outgoing.session()
        )
        self.login = login
        # Audience and deployment are checked by the library's other steps, times by `keys.check_times`, which allows for clocks that differ.
        self.set_jwt_verify_options({"verify_aud": False, "verify_exp": False, "verify_iat": False})

    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key))

    def validate_state(self) -> "Launch":
        if self._get_request_param("state") != self.login.state:
            raise LtiException("State not found")
        return self

    def validate_nonce(self) -> "Launch":
        if self._get_jwt_body().get("nonce") != self.login.nonce:
            raise LtiException("Invalid Nonce")
        return self

    def get_client_id(self) -> str:
        # With several audiences, `azp` says which of them is meant (OpenID Connect Core 3.1.3.7).
        body = self._get_jwt_body()
        said = body.get("aud")
        return str(
            (body.get("azp") if isinstance(said, list) and len(said) > 1 else said[0] if isinstance(said, list) and said else said) or ""
        )

    def fetch_public_key(self, key_set_url: str) -> Any:
        keys.header_of(self._get_id_token())
        return keys.fetched_keys(key_set_url, kid=str(self._jwt["header"].get("kid")))

    def save_launch_data(self) -> "Launch":
        return self


class Asking(ServiceConnector):
    """Calls to a platform's services. Answers keep their headers as they came, and the addresses of next pages their capitals."""

    def __init__(self, registration: Known) -> None:
        super().__init__(registration, outgoing.session())

    def page(self, scopes: list[str], url: str, accept: str) -> tuple[Any, str]:
        """(the body, the address of the next page or "")."""
        headers = {"Authorization": f"Bearer {self.get_access_token(scopes)}", "Accept": accept}
        answer = self._requests_session.get(url, headers=headers)
        if not answer.ok:
            raise LtiException(f"HTTP {answer.status_code}: {answer.text[:500]}")
        return orjson.loads(answer.content), str(answer.links.get("next", {}).get("url", ""))
