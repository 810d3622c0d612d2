"""Keeping the promises of `ports/`, one folder per technology. Only `runtime` names an adapter."""
