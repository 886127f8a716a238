"""Finding each other: the rendezvous service, its client, and the way from an invite code to a mesh of peers."""
