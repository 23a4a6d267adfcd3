"""The ground floor: what a tenant is, how its bot runs, and everything both need."""
