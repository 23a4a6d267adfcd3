"""@BotFather, simulated."""
