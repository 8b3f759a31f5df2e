// Admin: what the daemon shows of itself, as values, JSON and tables; and the commands on it.
