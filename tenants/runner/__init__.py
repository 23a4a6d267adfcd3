"""What keeps every tenant's bot alive: supervisor, intake, inbox, gate and lease."""
