"""Who may do what: users, tokens and the one guard that all routes stand behind."""
