"""Mails: what they say, the queue in which they wait, and who sends them."""
