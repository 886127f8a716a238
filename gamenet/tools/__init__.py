"""What stands behind `python -m gamenet`, one module for each word."""
