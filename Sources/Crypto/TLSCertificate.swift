/// The algorithm of a certificate's key.
package enum TLSKeyKind: String, Sendable {
    case rsa = "RSA"
    case ecdsa = "ECDSA"
    case ed25519 = "Ed25519"
    case ed448 = "Ed448"
    case other = "unknown"
}

/// What a certificate says, for metrics, warnings and people.
package struct TLSCertificate: Sendable, Equatable {
    /// Host names and addresses that it is good for, in the certificate's order; lower case.
    package let names: [String]
    package let subject: String
    package let issuer: String
    /// Seconds since 1970, inclusive.
    package let notBefore: Int64
    package let notAfter: Int64
    /// SHA-256 of the certificate, lower-case hexadecimal with colons.
    package let fingerprint: String
    package let keyKind: TLSKeyKind
    package let keyBits: Int
    package let isSelfSigned: Bool
    /// How many certificates the chain holds, this one included.
    package let chainLength: Int
    /// Where it came from: `CertificateSource.chainName`.
    package let file: String

    /// Days before its end from which on a certificate is worth a warning: certbot renews at 30, so
    /// it has failed for a while by then.
    package static let warningDays: Int64 = 21

    /// What is wrong with its dates at `unixSeconds`; nil when nothing is.
    package func warning(at unixSeconds: UInt64) -> String? {
        let now = Int64(clamping: unixSeconds)
        if now < notBefore { return "the certificate in \(file) is not valid yet" }
        if now > notAfter {
            let days = (now - notAfter) / 86400
            return "the certificate in \(file) expired "
                + (days == 0 ? "today" : "\(days) days ago")
        }
        let days = (notAfter - now) / 86400
        return days < Self.warningDays ? "the certificate in \(file) expires in \(days) days" : nil
    }

    /// Whether it is good for a host name: exactly, or by a wildcard for its first label
    /// (RFC 9525 §6.3). `host` in lower case.
    package func covers(_ host: String) -> Bool {
        names.contains { $0 == host || $0 == Self.wildcard(of: host) }
    }

    /// `*.example.org` for `turn.example.org`; nil for a name of one label.
    static func wildcard(of host: String) -> String? {
        guard let dot = host.firstIndex(of: "."), dot != host.startIndex else { return nil }
        return "*" + host[dot...]
    }
}
