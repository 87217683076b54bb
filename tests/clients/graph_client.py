"""What the tests with the Python Graph SDKs share: clients for an application and for a person.

Only the authority, the base URL and the certificate authority are configured, as for any
self-hosted Graph endpoint; the SDKs themselves are as published.
"""

import importlib
import json
import os
import subprocess
import time

CREDENTIALS = json.load(open(os.environ["YAGURA_CREDENTIALS"]))
os.environ["REQUESTS_CA_BUNDLE"] = CREDENTIALS["ca_file"]

import httpx  # noqa: E402
from azure.core.credentials import AccessToken  # noqa: E402
from azure.identity import ClientSecretCredential  # noqa: E402
from kiota_abstractions.base_request_configuration import RequestConfiguration  # noqa: E402
from kiota_authentication_azure.azure_identity_authentication_provider import (  # noqa: E402
    AzureIdentityAuthenticationProvider,
)

BASE = CREDENTIALS["base_url"]
SCOPE = f"{BASE}/.default"
PERSON = "ada@contoso.example"


def yagura(*args, check=True):
    """What a command of the binary prints."""
    command = [os.environ["YAGURA_BINARY"], *args]
    return subprocess.run(command, check=check, capture_output=True, text=True).stdout.strip()


def credential(client_id=None, secret=None):
    return ClientSecretCredential(
        CREDENTIALS["tenant_id"],
        client_id or CREDENTIALS["client_id"],
        secret or CREDENTIALS["client_secret"],
        authority=BASE,
        disable_instance_discovery=True,
        connection_verify=CREDENTIALS["ca_file"],
    )


class Person:
    """A credential that speaks for somebody: the token of a person with every scope."""

    token = None

    def get_token(self, *_scopes, **_):
        if not Person.token:
            yagura("user", "add", "--upn", PERSON, "--name", "Ada Park", check=False)
            Person.token = yagura("token", "--user", PERSON, "--scope", "all")
        return AccessToken(Person.token, int(time.time()) + 3000)


def client(of=None, version="v1.0"):
    """A client of the SDK that belongs to the version."""
    sdk = importlib.import_module(package(version))
    provider = AzureIdentityAuthenticationProvider(
        of or credential(), scopes=[SCOPE], allowed_hosts=[BASE.split("//")[1].split(":")[0]]
    )
    http = httpx.AsyncClient(verify=CREDENTIALS["ca_file"], timeout=60)
    adapter = sdk.GraphRequestAdapter(provider, client=http)
    adapter.base_url = f"{BASE}/{version}"
    return sdk.GraphServiceClient(request_adapter=adapter)


def package(version):
    return "msgraph" if version == "v1.0" else "msgraph_beta"


def model(version, path):
    """A model class by the path of its module: `security.ediscovery_case`."""
    module = importlib.import_module(f"{package(version)}.generated.models.{path}")
    name = path.rsplit(".", 1)[-1].replace("_", "").lower()
    return next(value for key, value in vars(module).items() if key.lower() == name)


def options(kind, **values):
    return RequestConfiguration(query_parameters=kind(**values))
