"""Desired against observed state: starting, stopping, quarantine, inspection at Telegram."""
