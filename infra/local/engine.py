"""The program behind `control_plane`: moto's server, told where Lambda is.

python -m infra.local.engine PORT LAMBDA_PORT DATA

moto's state machines look for Lambda on localhost at MOTO_PORT and nowhere else, while its own server
listens where it is told. DATA says to whom it belongs.
"""

from __future__ import annotations

import os
import sys


def main(port: str, lambda_port: str) -> None:
    """Serve until it is ended."""
    os.environ["MOTO_PORT"] = lambda_port
    from moto.server import main as serve  # noqa: PLC0415 - it reads MOTO_PORT

    serve(["-H", "127.0.0.1", "-p", port])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
