"""What ``check`` returns: texts, results, suppression comments, the JSON schema."""
