"""What people see in the control bot, one folder a topic."""
