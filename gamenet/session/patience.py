"""How long we wait for what, and how much we keep meanwhile: every such number of the session, in one place.

All times are in seconds of the clock that is handed in.
"""

from __future__ import annotations

from typing import Final

LINK_PATIENCE: Final = 10.0
"""A peer that vanished without a goodbye has left so long after its path was lost; until then its link waits."""

PATH_PATIENCE: Final = 0.8
"""Reliable bytes that the other end has not acknowledged for so long mean that the path, or its process, is gone."""

RECONNECT_AFTER: Final = 2.0
"""A joiner whose path is lost for so long gives the old connection up and dials again."""

RENEW_RELAYED: Final = 240.0
"""A connection through a relay is replaced by another one after so long: relays forget who may talk to whom after
300 s, and the library does not remind them."""

RETIRED_FOR: Final = 0.5
"""A connection from which another one took over is still read for so long: what was on its way is not lost."""

RETRY_EVERY: Final = 0.5
"""Between two attempts to dial again."""

PROBE_EVERY: Final = 0.25
"""Each end sends a tiny reliable message this often: it feeds both clocks of the link."""

PROBES_MEASURE_AFTER: Final = 1.0
"""The stamps of probes count for the ping when no values or input came for so long."""

GAME_PATIENCE: Final = 0.5
"""Nothing from the host's session for so long is `Stalled`."""

STALLED_EVERY: Final = 1.0
"""While the silence lasts, `Stalled` is said again this often."""

HELLO_PATIENCE: Final = 10.0
"""A connection that has not said a good hello, or got no answer to its own, is closed after so long."""

MOST_GUESTS: Final = 256
"""Connections that have not yet said hello, at one time."""

MOST_AHEAD: Final = 64
"""Unreliable messages kept that overtook the greeting of whom we dialled."""

MOST_REMOVED: Final = 1024
"""Removed participants that the host still recognises when they dial again."""

MOST_REASON: Final = 200
"""Characters of a leaving peer's own words."""

MOST_HELLO_BYTES: Final = 64 * 1024
"""The longest control message, a hello with its protocol included."""

MOST_EARLY: Final = 256
"""Reliable messages of one channel held back for a gap before them."""

MOST_EARLY_BYTES: Final = 1024 * 1024
"""Bytes of them."""

MOST_KEPT_BYTES: Final = 256 * 1024
"""Reliable bytes kept for a peer while there is no connection to it: beyond that its link is reset."""

MOST_WAITING_BYTES: Final = 16 * 1024 * 1024
"""Reliable bytes that wait for a slow but living connection: beyond that its link is reset, too."""

MOST_IN_FLIGHT: Final = 16384
"""Reliable messages of a link that are sent and not acknowledged: half of what 16-bit numbers could tell apart."""

BEHIND_BYTES: Final = 16 * 1024
"""Bytes that the connection has not yet put on the wire: with more, the next snapshot is skipped."""

STATUS_EVERY: Final = 0.1
"""How often the path clocks look at the connections."""
