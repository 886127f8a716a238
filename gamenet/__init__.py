"""gamenet: multiplayer for pygame and arcade on Valve's GameNetworkingSockets."""

__version__ = "0.1.0"
