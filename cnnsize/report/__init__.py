"""Check texts and report: results, diagnostics, suppression comments, the JSON schema."""
