"""What the user's own environment says to the local stack, and what its functions get. Read here only."""

from __future__ import annotations

import os
from collections.abc import Mapping

from shared.providers.catalog import BASE_URL_NAMES, KEY_NAMES
from shared.settings import ProviderSettings, SigningSettings, SignInSettings, variables

REGION = "us-east-1"
ACCOUNT = "123456789012"

ACCESS_KEY = "local-access-key"
SECRET_KEY = "local-secret-key-of-a-laptop"  # noqa: S105 - opens a server on 127.0.0.1 that holds test data

PROVIDER_KEYS = tuple(KEY_NAMES.values())
"""Go from the user's environment into the providers' secret: in memory, never to disk."""

OVERRIDES = {
    # The embedded Postgres is built without OpenSSL, and listens on 127.0.0.1.
    "DATABASE_SSLMODE": ("DATABASE_NAME", "disable"),
    # A webhook's receiver is tried out on the laptop itself.
    "WEBHOOKS_LOOPBACK_ALLOWED": ("STAGE", "true"),
    # Nobody else reaches the laptop: whoever is there may make an account. No deployed stage is so.
    "SIGN_IN_REGISTRATION": ("SIGN_IN_REGISTRATION", "open"),
}
"""Variable -> (which variable a function must have to get it, its value)."""

_PROVIDERS_SECRET = variables(ProviderSettings)["secret_arn"]
_SIGNING_SECRET = variables(SigningSettings)["secret_arn"]

SIGN_IN = tuple(variables(SignInSettings).values())
"""Given to the functions that sign callers in: for an issuer of tokens of one's own."""

PASSED_ON = (
    # Where the providers are, for a fake server or a proxy of one's own; and who makes what.
    *BASE_URL_NAMES.values(),
    *(name for name in variables(ProviderSettings).values() if name != _PROVIDERS_SECRET),
)
"""Given to the functions that reach the providers, if the user has set them."""

MACHINE = (
    # How this machine reaches the internet.
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
)
"""The same for whoever reaches the internet. Issuers' keys are fetched directly (`shared.net`), whatever
proxy there is: for them only the certificates count."""


def provider_keys() -> dict[str, str]:
    """The providers' keys that the user has set."""
    return {name: os.environ[name] for name in PROVIDER_KEYS if os.environ.get(name)}


def named_api() -> tuple[str, str]:
    """The address and the key of an API that the user names; empty for none."""
    return os.environ.get("URL", ""), os.environ.get("KEY", "")


def own_secret_key() -> str:
    """What the user wants to seal and sign with, in the place of a generated value; empty for nothing."""
    return os.environ.get("SECRET_KEY", "")


def machine_environment() -> dict[str, str]:
    """What every program needs to run on this machine, and nothing of what is the user's own."""
    names = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in names if name in os.environ}


def aws_environment(endpoints: Mapping[str, str]) -> dict[str, str]:
    """Makes boto3 talk to the local parts, and keeps it from the user's own AWS account.

    `endpoints` goes by service as the SDK writes it: S3, SFN, SECRETS_MANAGER.
    """
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **{f"AWS_ENDPOINT_URL_{service}": url for service, url in endpoints.items()},
    }


def function_environment(declared: Mapping[str, str]) -> dict[str, str]:
    """A function's variables: as synthesized, with the differences that the tables above name."""
    environment = dict(declared)
    for name, (condition, value) in OVERRIDES.items():
        if condition in declared:
            environment[name] = value
    for condition, names in ((_PROVIDERS_SECRET, PASSED_ON), (_SIGNING_SECRET, SIGN_IN)):
        if condition in declared:
            environment |= {name: os.environ[name] for name in (*names, *MACHINE) if os.environ.get(name)}
    return environment
