import Configuration
import Crypto
import Doctor
import LinuxIO
import Probe
import ProbeIO

/// A handshake between a server with a pair of files and a client, in memory: what browsers would
/// say of them, without the daemon.
struct CertificateTrial {
    private let trust: TLSTrust
    /// The name that the client asks for.
    private let host: String

    /// A chain of a few certificates takes 10 KiB.
    private static let fileBytesMax = 1 << 20
    /// A handshake takes three flights.
    private static let flightsMax = 8

    init(_ authorities: ProbeRunner.Authorities, host: String?) {
        trust =
            switch authorities {
            case .system: .system
            case .named(let pem, let file): .authorities(pem: pem, file: file)
            }
        self.host = host ?? ""
    }

    func fact(_ files: ServerConfiguration.CertificateFiles) -> CertificateFact {
        CertificateFact(
            file: files.certificate, keyFile: files.privateKey, source: files.source,
            outcome: outcome(files))
    }

    private func outcome(
        _ files: ServerConfiguration.CertificateFiles
    ) -> CertificateFact.Outcome {
        var path = files.certificate
        do throws(SystemError) {
            let chain = try File.read(path, max: Self.fileBytesMax)
            path = files.privateKey
            let key = try File.read(path, max: Self.fileBytesMax)
            return attempt(
                CertificateSource(
                    chain: chain, chainName: files.certificate, key: key,
                    keyName: files.privateKey, password: files.password.map { Array($0.utf8) }))
        } catch {
            return error.errno == .accessDenied
                ? .forbidden(path) : .unusable("\(path) cannot be read: \(error.errno.text)")
        }
    }

    private func attempt(_ source: CertificateSource) -> CertificateFact.Outcome {
        do throws(TLSFailure) {
            let server = try TLSContext(
                TLSSettings(certificates: [source]), transport: .stream, role: .server)
            let client = try TLSContext(
                TLSSettings(trust: trust, isTrustDemanded: false), transport: .stream,
                role: .client)
            guard let certificate = meet(server, client) else {
                return .unusable("no handshake comes about with \(source.chainName)")
            }
            return .usable(certificate)
        } catch {
            return .unusable(error.description)
        }
    }

    /// What the client was shown; nil when the two do not get on.
    private func meet(_ server: TLSContext, _ client: TLSContext) -> ProbeCertificate? {
        guard let near = TLSSession(client, serverName: host), let far = TLSSession(server) else {
            return nil
        }
        let scratch = TLSScratch(readBytes: 65_536)
        var flight: [UInt8] = []
        for _ in 0..<Self.flightsMax {
            guard let answer = pass(flight, to: near, scratch) else { return nil }
            if near.isEstablished, let found = near.peerCertificate {
                return ProbeCertificate(found, distrust: near.distrust)
            }
            guard let next = pass(answer, to: far, scratch) else { return nil }
            flight = next
        }
        return nil
    }

    private func pass(
        _ bytes: [UInt8], to session: TLSSession, _ scratch: TLSScratch
    ) -> [UInt8]? {
        defer { scratch.output.removeAll() }
        let progress = bytes.withUnsafeBytes {
            session.receive($0, into: scratch.plain, output: scratch.output)
        }
        if case .failed = progress { return nil }
        return Array(scratch.output.bytes)
    }
}
