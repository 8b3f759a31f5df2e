// What a reload cannot change, and why: the one list of it. A key that is not here is taken over.
extension ReloadCost {
    /// Keys that wait for a restart, with the reason that the diff gives.
    static let waiting: [String: String] = [
        // Listening
        "listening-port": opened,
        "listening-ip": opened,
        "listen-all": opened,
        "listening-device": opened,
        "aux-server": opened,
        "no-udp": opened,
        "no-tcp": opened,
        "sock-buf-size": "sockets get it when they are opened",
        // Relay addresses and ports
        "relay-ip": "relay addresses are shared out to the workers at the start",
        "external-ip": "relay addresses are shared out to the workers at the start",
        "min-port": "relay ports are shared out to the workers at the start",
        "max-port": "relay ports are shared out to the workers at the start",
        "relay-device": "the right to use an interface is given up at the start",
        // Peers
        "allow-loopback-peers": "workers open the way to loopback at the start",
        // TCP, TLS and DTLS
        "tls-listening-port": opened,
        "no-tls": opened,
        "dtls": opened,
        "no-dtls": opened,
        "tcp-proxy-port": opened,
        // Logs
        "log-file": "the log is opened at the start",
        "log-format": "the log is opened at the start",
        "log-mask-addresses": "the log is opened at the start",
        "syslog": "the log is opened at the start",
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

    private static let opened = "ports are opened at the start"
    private static let threads = "each worker owns its sockets and allocations from the start on"
}
