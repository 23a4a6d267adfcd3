"""Account login as a flow of steps."""
