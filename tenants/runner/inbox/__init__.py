"""The durable inbox: queued updates and the group commit that writes them."""
