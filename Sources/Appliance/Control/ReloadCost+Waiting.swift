// What a reload cannot change, and why: the one list of it. A key that is not here is taken over.
extension ReloadCost {
    /// Keys that wait for a restart, with the reason that the diff gives.
    static let waiting: [String: String] = [
        // Listening, relay addresses and ports
        "listening-device": "the open sockets are bound to it",
        "relay-device": "the right to use an interface is given up at the start",
        // Administration
        "admin-socket": "the socket is opened at the start",
        "admin-group": "the socket's file is given to its group while there is the right to",
        // Process
        "workers": threads,
        "relay-threads": threads,
        "cpus": threads,
        "proc-user": "the rights to change the user are given up at the start",
        "proc-group": "the rights to change the group are given up at the start",
        "pidfile": "it is written before the rights to are given up",
        "state-dir": "calls go by the key in it, and are written there at the end",
    ]

    private static let threads = "each worker owns its sockets and allocations from the start on"
}
