"""How fast players find each other with a code, and what the service costs: `python -m benchmarks.rendezvous`."""
