import COpenSSL

/// The rules, certificates and keys that sessions begin with. Immutable: a reload makes a new one,
/// and running sessions keep theirs.
package final class TLSContext: @unchecked Sendable {
    package let transport: TLSTransport
    package let role: TLSRole
    /// What each certificate says, in the order of the settings.
    package let certificates: [TLSCertificate]
    private let choice: CertificateChoice
    /// What the shim's callback points to; it must not move.
    private let names: UnsafeMutablePointer<ts_tls_names>

    /// Where a session begins; a server's moves on by the name that the client asks for.
    var first: OpaquePointer { choice.first }

    /// Whether sessions must know whom they expect.
    let verifies: Bool

    /// Reads certificates and keys. Fails with the first thing that is wrong with them; a
    /// certificate whose time is over is none (`TLSCertificate.warning`).
    package init(
        _ settings: TLSSettings, transport: TLSTransport, role: TLSRole
    ) throws(TLSFailure) {
        self.transport = transport
        self.role = role
        if case .anyone = settings.trust {
            verifies = false
        } else {
            verifies = role == .client && settings.isTrustDemanded
        }
        let rules = TLSRules(settings, transport: transport, role: role)
        choice = try CertificateChoice(settings.certificates, rules)
        certificates = choice.certificates
        names = .allocate(capacity: 1)
        names.initialize(
            to: ts_tls_names(
                choose: CertificateChoice.choose,
                argument: Unmanaged.passUnretained(choice).toOpaque()))
        if role == .server { ts_tls_context_set_names(choice.first, names) }
    }

    deinit { names.deallocate() }
}

/// What of the settings applies to every certificate.
struct TLSRules {
    let cipherList: String?
    let refusesTLS12: Bool
    let protocols: [String]
    let trust: TLSTrust
    let isTrustDemanded: Bool
    let transport: TLSTransport
    let role: TLSRole

    init(_ settings: TLSSettings, transport: TLSTransport, role: TLSRole) {
        cipherList = settings.cipherList
        refusesTLS12 = settings.refusesTLS12
        protocols = settings.protocols
        trust = settings.trust
        isTrustDemanded = settings.isTrustDemanded
        self.transport = transport
        self.role = role
    }

    /// Taken away from any list, however it is written (RFC 9325 §4.1): once struck out with `!`, a
    /// suite cannot come back.
    private static let struckOut =
        ":!aNULL:!eNULL:!EXPORT:!LOW:!MEDIUM:!RC4:!3DES:!DES:!RC2:!IDEA:!SEED:!MD5:!PSK:!SRP"

    /// A context without certificates; owned by the caller.
    func makeContext() throws(TLSFailure) -> OpaquePointer {
        guard
            let context = ts_tls_context_new(
                role == .server, transport == .datagram, refusesTLS12)
        else { throw .outOfMemory }
        if let cipherList, !ts_tls_context_set_ciphers(context, cipherList + Self.struckOut) {
            ts_tls_context_free(context)
            _ = TLSFailure.takeReason()
            throw .ciphersUnusable(list: cipherList)
        }
        do {
            if role == .server {
                ts_tls_context_choose_protocols(context)
            } else {
                try offerProtocols(context)
                try setTrust(context)
            }
        } catch {
            ts_tls_context_free(context)
            throw error
        }
        return context
    }

    private func offerProtocols(_ context: OpaquePointer) throws(TLSFailure) {
        guard !protocols.isEmpty else { return }
        let list = protocols.flatMap { [UInt8(clamping: $0.utf8.count)] + Array($0.utf8) }
        guard ts_tls_context_offer_protocols(context, list, list.count) else { throw .outOfMemory }
    }

    private func setTrust(_ context: OpaquePointer) throws(TLSFailure) {
        switch trust {
        case .anyone: break
        case .system:
            guard ts_tls_context_trust_system(context) else {
                throw .authoritiesUnusable(reason: TLSFailure.takeReason())
            }
        case .authorities(let pem, let file):
            let chain = try CertificatePair.readChain(pem, file: file)
            defer { ts_chain_free(chain) }
            guard ts_tls_context_trust(context, chain) else { throw .outOfMemory }
        }
        if !isTrustDemanded { ts_tls_context_demand_nothing(context) }
    }
}
