"""gamenet: multiplayer for pygame and arcade on Valve's GameNetworkingSockets."""
