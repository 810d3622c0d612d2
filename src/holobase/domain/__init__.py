"""What things are: collections, fields, records, events, principals, errors. No I/O, no clock."""
