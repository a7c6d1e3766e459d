"""How the draft draws: words become a vision, a vision a composition, a composition pixels.

`reading` finds in a shot's words what can be drawn, `composition` arranges it, the `places_*` and
`subjects` modules hold the drawings, `painter` and `finish` turn them into pixels in a look, and
`typography` sets the type. Everything is drawn from one seed: the same recipe gives the same bytes.
"""
