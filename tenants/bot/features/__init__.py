"""What tenants' bots can do: one plug-in a feature, ours and third parties' alike."""
