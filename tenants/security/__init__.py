"""Keys, sealed values, authorisation, the audit chain, log redaction."""
