import Configuration
import Crypto
import LinuxIO
import Primitives
import Signaling
import TURN
import WebAPI

/// What signaling is told, made from what the file says now.
struct CallsSetup: Sendable {
    let configuration: ServerConfiguration.Calls
    let web: ServerConfiguration.Web
    let desk: RelayAccessDesk
    /// Where streams are accepted, for origins.
    let ports: [UInt16]

    var settings: SignalingSettings {
        let servesTLS = desk.listeners.contains { $0.transport == .tls }
        return CallsMapping(
            calls: configuration,
            publicURL: PublicURL.text(
                name: web.publicName, ports: ports, servesTLS: servesTLS)
        ).settings
    }

    var verifier: any TokenVerifier {
        TokenJudge(configuration.tokens, skewSeconds: UInt64(settings.tokenSkew.count))
    }

    var origins: OriginPolicy {
        let names = [web.publicName].compactMap { $0 } + desk.certificateNames
        let addresses = desk.listeners.map { listener in
            desk.relays.first { $0.local == listener.address.ip }?.advertised
                ?? listener.address.ip
        }
        let local = desk.listeners.contains { $0.address.ip.isLoopback } ? ["localhost"] : []
        return OriginPolicy(
            origins: web.origins, names: names + local + addresses.map(\.description),
            ports: ports)
    }

    /// Nil while no shared secret can sign.
    var mint: TokenMint? {
        let tokens = configuration.tokens
        for key in tokens.keys {
            guard key.algorithm == .hs256, case .secret(let secret) = key.material else { continue }
            return TokenMint(
                secret: Array(secret.utf8), keyName: key.name, issuer: tokens.issuers.first,
                audience: tokens.audiences[0])
        }
        return nil
    }

    /// A desk that begins with this.
    func makeDesk(
        _ folder: CallsFolder?, hooks: HookSender?, at now: Now
    ) -> (desk: SignalingDesk, problems: [(LogLevel, String)]) {
        let (key, problems) = folder?.key() ?? (Entropy.bytes(32), [])
        let signer = SecretDigest(key: key)
        let switchboard = Switchboard(
            settings: settings, verifier: verifier, issuer: desk, signer: signer,
            random: KernelEntropy(), at: now)
        let desk = SignalingDesk(switchboard, hooks: hooks)
        apply(to: desk)
        return (desk, problems)
    }

    /// What a reload changes.
    func apply(to signaling: SignalingDesk) {
        signaling.switchboard.apply(settings, verifier: verifier, issuer: desk)
        signaling.origins = origins
        signaling.options.takesTokenInQuery = configuration.takesTokenInURL
        signaling.options.servesAlias = configuration.servesAlias
        signaling.mint = mint
    }
}

extension RelayAccessDesk: IceServerIssuer {
    /// Guests and people of a demo get an hour at most (ruling 13).
    private static let guestLifetime = Seconds(3_600)

    func iceServers(for user: UserID, isGuest: Bool, at now: Now) -> IceServers? {
        let lifetime = isGuest ? min(self.lifetime, Self.guestLifetime) : self.lifetime
        guard let access = issue(user: user.text, lifetime: lifetime, at: now) else { return nil }
        return IceServers(
            servers: access.iceServers, lifetimeSeconds: Int64(lifetime.count),
            expiresAt: Int64(clamping: access.expiresAt) * 1_000)
    }
}
