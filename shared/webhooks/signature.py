"""How a delivery is signed, so that its receiver knows who sends it, and when.

    Storyreel-Signature: t=1789000000,v1=5257a8…,v1=6ffbb5…

`v1` is the HMAC-SHA256 of `<t>.<body>` in hexadecimal, its key the secret as it was shown. There is one for
each secret in force: two while one is rotated. A receiver computes its own, compares in constant time,
and refuses a `t` that is more than a few minutes old.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

HEADER = "Storyreel-Signature"


def signature(body: bytes, secrets: Iterable[str], at: int) -> str:
    """The header's value for a body that is sent at `at`, in seconds since 1970."""
    message = f"{at}.".encode() + body
    digests = [hmac.new(each.encode(), message, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests)])
