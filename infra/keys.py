"""Put the providers' keys of a stage in place.

    python -m infra.keys dev

Asks for each key without showing it, so that it stands in no shell's history and in no list of processes, and
writes them to the secret that the stack made, with your own AWS credentials.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from infra.secrets import provider_keys_name
from infra.stages import UnknownStage, stage_named
from shared.providers.catalog import PROVIDERS

KEYS = {each.key_name: each.label for each in PROVIDERS if each.key_name}
"""The names of the keys, and whose they are."""

REMOVE = "-"
LONGEST = 500


class KeyNotTaken(ValueError):
    """What was typed cannot be a key."""


def ask(known: Mapping[str, str], read: Callable[[str], str]) -> dict[str, str]:
    """The keys as they are to be: an empty answer leaves one as it is, `-` takes it away.

    Raises KeyNotTaken.
    """
    keys = dict(known)
    for name, provider in KEYS.items():
        standing = "is set; Enter keeps it, - removes it" if name in known else "is not set; Enter skips it"
        typed = read(f"{provider} ({name}, {standing}): ").strip()
        if typed == REMOVE:
            keys.pop(name, None)
        elif typed:
            keys[name] = _checked(name, typed)
    return keys


def _checked(name: str, typed: str) -> str:
    if len(typed) > LONGEST or not typed.isascii() or not typed.isprintable() or " " in typed:
        raise KeyNotTaken(f"What was given for {name} is no key: it has blanks, or is too long.")
    return typed


def put(client: Any, secret_name: str, read: Callable[[str], str]) -> list[str]:
    """Ask for the keys and write those that changed; returns the names of the keys that are set now."""
    known = json.loads(client.get_secret_value(SecretId=secret_name)["SecretString"])
    keys = ask(known, read)
    if keys != known:
        client.put_secret_value(SecretId=secret_name, SecretString=json.dumps(keys))
    return sorted(keys)


def _client() -> Any:
    """Of the region in AWS_REGION, which `cdk deploy` goes by too; boto3 reads only AWS_DEFAULT_REGION."""
    return boto3.client("secretsmanager", region_name=os.environ.get("AWS_REGION") or None)


def _main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.keys", description="Put the providers' keys in place."
    )
    parser.add_argument("stage", nargs="?", default="dev")
    try:
        name = provider_keys_name(stage_named(parser.parse_args().stage))
        there = put(_client(), name, getpass.getpass)
    except NoRegionError:
        sys.stderr.write("Nothing was changed: say which region, for example export AWS_REGION=us-east-1\n")
        return 1
    except (KeyNotTaken, UnknownStage, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"Nothing was changed: {error}\n")
        return 1
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write("\nNothing was changed.\n")
        return 1
    sys.stdout.write(
        f"{name} holds: {', '.join(there) or 'no key'}. The functions use it within five minutes.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(_main())
