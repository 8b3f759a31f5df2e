import COpenSSL

/// Which certificates a client sees, by the name that it asks for (RFC 6066 §3).
///
/// Certificates of different key kinds that are good for the same name stand in one context of
/// OpenSSL, which picks by what the client can verify: at most as many contexts as names.
final class CertificateChoice {
    let certificates: [TLSCertificate]
    /// For clients without a name, or with an unknown one: the first certificate.
    let first: OpaquePointer
    private let byName: [String: OpaquePointer]
    private let contexts: [OpaquePointer]

    init(_ sources: [CertificateSource], _ rules: TLSRules) throws(TLSFailure) {
        if rules.role == .client {
            first = try rules.makeContext()
            certificates = []
            byName = [:]
            contexts = [first]
            return
        }
        var built = try BuiltContexts(sources, rules)
        certificates = built.certificates
        first = built.first
        byName = built.byName
        contexts = built.release()
    }

    deinit {
        for context in contexts { ts_tls_context_free(context) }
    }

    static let choose: ts_tls_name_chooser = { name, choice in
        guard let name, let choice else { return nil }
        return Unmanaged<CertificateChoice>.fromOpaque(choice).takeUnretainedValue()
            .context(for: String(cString: name))
    }

    func context(for name: String) -> OpaquePointer? {
        let host = name.lowercased()
        return byName[host] ?? TLSCertificate.wildcard(of: host).flatMap { byName[$0] }
    }
}

/// The contexts while they are made; frees them unless they are released.
private struct BuiltContexts: ~Copyable {
    private(set) var certificates: [TLSCertificate] = []
    private(set) var byName: [String: OpaquePointer] = [:]
    private var bySet: [[Int]: OpaquePointer] = [:]

    init(_ sources: [CertificateSource], _ rules: TLSRules) throws(TLSFailure) {
        guard !sources.isEmpty else { throw .noCertificate }
        // A noncopyable pair does not fit into an array: the sources are read again for each
        // context, which happens at a start or a reload.
        for source in sources {
            certificates.append(try CertificatePair(source).certificate)
        }
        // The first set is the default: the first certificate with its siblings.
        let names = certificates.flatMap(\.names)
        try make(siblings(of: 0), sources, rules)
        for name in names where byName[name] == nil {
            byName[name] = try make(members(of: name), sources, rules)
        }
    }

    deinit {
        for context in bySet.values { ts_tls_context_free(context) }
    }

    var first: OpaquePointer {
        guard let context = bySet[siblings(of: 0)] else { fatalError("made by init") }
        return context
    }

    mutating func release() -> [OpaquePointer] {
        let all = Array(bySet.values)
        bySet = [:]
        return all
    }

    /// The certificates for a name, one of each key kind; those that say the name itself come
    /// before those with a wildcard.
    private func members(of name: String) -> [Int] {
        let exact = certificates.indices.filter { certificates[$0].names.contains(name) }
        let covering = certificates.indices.filter { certificates[$0].covers(name) }
        return oneOfEachKind(exact + covering)
    }

    /// A certificate with those of other key kinds that share a name with it.
    private func siblings(of index: Int) -> [Int] {
        let names = certificates[index].names
        let others = certificates.indices.filter { other in
            other != index && names.contains { certificates[other].covers($0) }
        }
        return oneOfEachKind([index] + others)
    }

    private func oneOfEachKind(_ indices: [Int]) -> [Int] {
        var kinds: Set<TLSKeyKind> = []
        return indices.filter { kinds.insert(certificates[$0].keyKind).inserted }.sorted()
    }

    @discardableResult
    private mutating func make(
        _ members: [Int], _ sources: [CertificateSource], _ rules: TLSRules
    ) throws(TLSFailure) -> OpaquePointer {
        if let made = bySet[members] { return made }
        let context = try rules.makeContext()
        bySet[members] = context
        for member in members {
            try CertificatePair(sources[member]).add(to: context)
        }
        return context
    }
}
