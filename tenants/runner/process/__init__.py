"""What exists once in a process: lease, watchdog, scheduler, usage counter."""
