"""Parts that exist once per process: lease, watchdog, scheduler, usage counter."""
