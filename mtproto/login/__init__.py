"""Login to an account as a flow of steps."""
