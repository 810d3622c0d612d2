"""Who somebody is, what they may do, and their fan profile."""
