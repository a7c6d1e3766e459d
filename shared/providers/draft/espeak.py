"""Speaks one text with the espeak-ng library, as a program of its own.

    python -I espeak.py < request.json > speech.pcm

The library keeps its random numbers and filters in global variables: the second utterance of a
process differs from the first, and a fault in it would take the caller along. One process per
utterance gives the same bytes for the same request, and keeps the GPL library out of ours.

The request is `{"voice", "fallback", "text", "rate", "pitch", "range", "wordGap", "maxSamples"}`; the
answer is 16-bit mono at 22,050 Hz, cut off after `maxSamples`. Exit code 3: there is no usable library.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

SAMPLE_RATE = 22_050
NO_LIBRARY = 3

_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT
_DO_NOT_EXIT = 0x8000  # espeak_Initialize: report missing data instead of ending the process
_UTF8_WITH_END_PAUSE = 0x0001 | 0x1000
_BY_CHARACTER = 1
_RATE, _PITCH, _RANGE, _WORD_GAP = 1, 3, 4, 7
_SAMPLE_BYTES = 2

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def open_library() -> ctypes.CDLL:
    """The library, ready to speak. Raises OSError or ImportError when there is none."""
    import espeakng_loader  # noqa: PLC0415 (GPL and laptop only: nothing else may import it)

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    if library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT) != SAMPLE_RATE:
        raise OSError("espeak-ng did not find its data")
    return library


def speak(library: ctypes.CDLL, request: dict[str, Any]) -> bytes:
    """The request's text as samples."""
    spoken = bytearray()
    limit = int(request["maxSamples"]) * _SAMPLE_BYTES

    def keep(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            spoken.extend(ctypes.string_at(samples, count * _SAMPLE_BYTES))
        return int(len(spoken) >= limit)  # 1 ends the utterance

    callback = _Callback(keep)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        library.espeak_SetVoiceByName(request["fallback"].encode())
    for parameter, name in ((_RATE, "rate"), (_PITCH, "pitch"), (_RANGE, "range"), (_WORD_GAP, "wordGap")):
        library.espeak_SetParameter(parameter, int(request[name]), 0)
    text = request["text"].encode("utf-8", "replace")
    library.espeak_Synth(
        text, ctypes.c_size_t(len(text) + 1), 0, _BY_CHARACTER, 0, _UTF8_WITH_END_PAUSE, None, None
    )
    return bytes(spoken[:limit])


def main() -> int:
    """Read a request, write its speech."""
    request = json.load(sys.stdin)
    try:
        library = open_library()
    except (OSError, ImportError, RuntimeError):  # the loader raises RuntimeError without its data
        return NO_LIBRARY
    sys.stdout.buffer.write(speak(library, request))
    return 0


if __name__ == "__main__":
    sys.exit(main())
