"""The words of the demo data. All players are invented."""
