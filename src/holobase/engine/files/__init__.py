"""Files of records: taking them in, keeping them beside the records, and giving them out."""
