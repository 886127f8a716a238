"""Finding each other: the rendezvous service, its client, and the way from an invite code to a mesh of peers.

`Service` is public: `python -m gamenet rendezvous` runs one, and a server may pump one beside its own game.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .limits import Limits as Limits
    from .service import Service as Service

__all__ = ["Limits", "Service"]


def __getattr__(name: str) -> Any:
    """On first use: who only joins games does not load the service."""
    if name == "Service":
        from .service import Service

        return Service
    if name == "Limits":
        from .limits import Limits

        return Limits
    raise AttributeError(f"gamenet.rendezvous has no {name!r}; it has {', '.join(__all__)}")
