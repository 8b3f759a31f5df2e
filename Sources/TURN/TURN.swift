// TURN: who may relay what to whom. Allocations, permissions, channels, authentication, quotas, peer policy.
