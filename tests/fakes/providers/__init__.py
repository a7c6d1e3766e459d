"""A server that speaks OpenAI's and Runway's HTTP, remembers what it was asked, and fails on request.

    with FakeProviders() as fake:
        OpenAI(base_url=fake.openai_url, api_key="sk-fake")
        RunwayML(base_url=fake.runway_url, api_key="key_fake")

or `python -m tests.fakes.providers --port 8900`, with OPENAI_BASE_URL=http://127.0.0.1:8900/v1 and
RUNWAYML_BASE_URL=http://127.0.0.1:8900.
"""

from tests.fakes.providers.clock import ManualClock, SystemClock
from tests.fakes.providers.server import FakeProviders
from tests.fakes.providers.state import Fault, Settings

__all__ = ["FakeProviders", "Fault", "ManualClock", "Settings", "SystemClock"]
