// Doctor: what is wrong with an installation, told from inside.
//
// It owns the rules that turn facts of a machine into findings, the readers of what other programs
// and the kernel print (nftables, iptables, /proc), the model that judges a firewall, and the
// report for people and programs. It never opens a file or a socket, runs a program or reads a
// clock: `DoctorIO` brings the facts. The listeners are tried by `Probe`.
//
// What it cannot know it says: a packet from the server's own machine to its own address passes no
// rule for outside traffic, and one relay hands packets to another in memory. So a firewall is
// judged by its rules, and what lies in front of the machine only shows from elsewhere.

/// What is looked at, in the order of the report.
package enum DoctorCheck: String, Sendable, Hashable, CaseIterable {
    case configuration
    case daemon
    case ports
    case listeners
    case relay
    case addresses
    case certificates
    case firewall
    case container
    case kernel
    case limits
    case clock
}

/// What a look at something brought.
package enum Look<Value: Sendable>: Sendable {
    case found(Value)
    /// Why it could not be looked at, for people.
    case closed(String)
}
