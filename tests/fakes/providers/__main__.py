"""Run the fake providers until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import threading

from tests.fakes.providers.server import FakeProviders


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--story", type=float, default=0.0, help="seconds that a story takes")
    parser.add_argument("--frame", type=float, default=0.0, help="seconds that a frame takes")
    parser.add_argument("--clip", type=float, default=0.0, help="seconds that a clip runs")
    parser.add_argument("--speech", type=float, default=0.0, help="seconds that a narration runs")
    parser.add_argument("--concurrency", type=int, default=20, help="clips that run at the same time")
    given = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with FakeProviders(port=given.port) as fake:
        fake.settings.latencies.update(
            responses=given.story,
            images_generations=given.frame,
            images_edits=given.frame,
            image_to_video=given.clip,
            text_to_speech=given.speech,
        )
        fake.settings.concurrency = given.concurrency
        print(  # noqa: T201 - a program for the terminal
            f"OPENAI_BASE_URL={fake.openai_url} RUNWAYML_BASE_URL={fake.runway_url}", flush=True
        )
        stop.wait()


if __name__ == "__main__":
    main()
