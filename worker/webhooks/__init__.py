"""What webhooks tell and to whom, and reading their rows."""
