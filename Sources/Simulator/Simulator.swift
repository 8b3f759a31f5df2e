// Simulator: clients, NATs and peers on a virtual clock and a seeded, faulty network.
