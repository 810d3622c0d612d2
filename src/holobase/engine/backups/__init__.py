"""Backups: the log, what stands beside it and the files, in one archive; and the way back."""
