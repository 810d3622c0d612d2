"""Who is asking: passwords, tokens, the accounts behind them, and what accounts may change."""
