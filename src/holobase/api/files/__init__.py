"""Files on the wire: what is asked for, and sending it piece by piece."""
