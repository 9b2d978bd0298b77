"""A recorded run as it stood at any of its moments: the journal folded up to it, the market of its tape."""
