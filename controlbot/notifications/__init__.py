"""Listeners that turn platform events into messages to people, and their senders."""
