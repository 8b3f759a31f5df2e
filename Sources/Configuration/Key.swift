import Primitives

/// A key of the configuration file: what it means, and what becomes of it.
package struct Key: Sendable {
    package let name: String
    /// What a line with this key is told when nothing is wrong with it.
    package var verdict: Verdict
    /// What the key does, in one sentence without a full stop.
    package var meaning: String
    /// The default as one would write it; empty when there is none.
    package var standard: String
    /// The unit or form of the value, such as `seconds`.
    package var unit: String
    /// Why the verdict is what it is, where `honoured` does not say it all.
    package var note: String?
    /// The coturn release that brought the key; nil when 4.5.0 had it, or coturn never had.
    package var since: String?
    /// The coturn release that dropped the key.
    package var removed: String?
    /// Turnstone's own, unknown to any coturn.
    package var isOwn = false
    /// The value must never be shown.
    package var isSecret = false
    /// Several lines add up instead of replacing each other.
    package var isRepeatable = false
    let form: Form

    /// How the value is read and where it goes.
    enum Form: Sendable {
        typealias Path<Value> = WritableKeyPath<ServerConfiguration, Value> & Sendable

        case flag(any Path<Bool>)
        case inverseFlag(any Path<Bool>)
        case port(any Path<UInt16>)
        case number(any Path<Int>, ClosedRange<Int>)
        case seconds(any Path<Seconds>, ClosedRange<Int>)
        case text(any Path<String>)
        case optionalText(any Path<String?>)
        case address(any Path<IPAddress?>)
        case addresses(any Path<[IPAddress]>)
        case endpoints(any Path<[TransportAddress]>)
        case ranges(any Path<[ServerConfiguration.PeerRange]>)
        case networks(any Path<[AddressRange]>)
        /// Read by name in `Reader+Special.swift`.
        case special
        /// Checked for being a boolean, then dropped.
        case droppedFlag
        /// Dropped unread.
        case dropped
    }

    /// Whether the command line may leave the value out, as with getopt's optional_argument.
    package var isValueOptional: Bool {
        switch form {
        case .flag, .inverseFlag, .droppedFlag, .seconds: true
        case .special: Key.specialFlags.contains(name)
        default: false
        }
    }

    /// Whether the value is read as a number, which ends where its digits do.
    var isNumeric: Bool {
        switch form {
        case .port, .number, .seconds: true
        case .special: name == "relay-threads" || name == "cpus"
        default: false
        }
    }

    private static let specialFlags: Set = [
        "use-auth-secret", "no-auth", "verbose", "Verbose", "keep-address-family", "listen-all",
        "allow-loopback-peers",
    ]
}

/// What becomes of a line.
package enum Verdict: String, Sendable, CaseIterable {
    /// Does what it does in coturn.
    case honoured
    /// Does something of Turnstone's that serves the same end.
    case mapped
    /// Does nothing, because it is always so or no longer means anything.
    case noEffect = "no effect"
    /// Read and kept for a part of Turnstone that this version does not have.
    case notYet = "not yet"
    /// Turnstone will not do this.
    case refused
    /// Done, and opens something that is better closed.
    case dangerous
    /// No coturn and no Turnstone knows the key.
    case unknown
    /// The value cannot be understood.
    case invalid
}

extension Key {
    init(
        _ name: String, _ form: Form, _ verdict: Verdict, _ meaning: String,
        standard: String = "", unit: String = "", note: String? = nil, since: String? = nil,
        removed: String? = nil
    ) {
        self.name = name
        self.form = form
        self.verdict = verdict
        self.meaning = meaning
        self.standard = standard
        self.unit = unit
        self.note = note
        self.since = since
        self.removed = removed
    }

    /// A key that does what it does in coturn.
    init(
        _ name: String, _ form: Form, _ meaning: String, standard: String = "", unit: String = "",
        since: String? = nil
    ) {
        self.init(
            name, form, .honoured, meaning, standard: standard, unit: unit, since: since)
    }

    /// Turnstone's own key.
    var own: Key {
        var key = self
        key.isOwn = true
        return key
    }

    /// A key whose value is never shown.
    var secret: Key {
        var key = self
        key.isSecret = true
        return key
    }

    /// A key whose lines add up.
    var repeatable: Key {
        var key = self
        key.isRepeatable = true
        return key
    }
}
