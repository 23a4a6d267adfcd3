"""Connected accounts: pool, connections, repository, health check, termination."""
