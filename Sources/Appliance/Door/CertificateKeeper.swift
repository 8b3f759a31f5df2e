import Admin
import Configuration
import Crypto
import LinuxIO
import Primitives

/// Keeps the TLS contexts up to date with their files: reads them at the start and again a second
/// after they last changed, however they were replaced. Running sessions keep what they began
/// with, so no connection ends.
///
/// A pair that cannot be used changes nothing: the one read before goes on being served, and the
/// log says exactly what is wrong. At the start there is none before: the daemon serves without TLS
/// rather than nobody at all, and TLS begins as soon as the files are right.
final class CertificateKeeper {
    /// The contexts as they are now.
    let contexts: TLSContexts
    /// What the certificates in use say, in the order of the configuration.
    private(set) var certificates: [TLSCertificate] = []

    private var settings: ServerConfiguration.Streams
    private var servesDatagrams: Bool
    /// For each pair of the configuration what was last read without fault.
    private var pairs: [CertificateSource?]
    private var watch: FileWatch?
    private var reloadsAt = MonotonicTime.never
    private var checksAt = MonotonicTime.never

    /// From the last change to the reading: certificate and key are written one after the other.
    private static let quiet = Seconds(1)
    /// How often the dates are looked at.
    private static let checkInterval = Seconds(86_400)
    /// A chain of a few certificates takes 10 KiB.
    private static let fileBytesMax = 1 << 20

    init(
        _ settings: ServerConfiguration.Streams, served: ServedTransports,
        contexts: TLSContexts = TLSContexts()
    ) {
        self.settings = settings
        self.contexts = contexts
        // Nobody asks for a certificate where neither TLS nor DTLS is served.
        if !served.tls, !served.dtls { self.settings.certificates = [] }
        servesDatagrams = served.dtls
        pairs = self.settings.certificates.map { _ in nil }
    }

    /// The files to be read, each once.
    var files: [String] {
        Array(Set(settings.certificates.flatMap { [$0.certificate, $0.privateKey] })).sorted()
    }

    /// The first reading, while everything can be read. Returns lines for the log.
    func open(at now: Now) -> [(LogLevel, String)] {
        pairs.isEmpty ? [] : beginWatch() + read(at: now)
    }

    private func beginWatch() -> [(LogLevel, String)] {
        do throws(SystemError) {
            let files = self.files
            watch = try Privileges.reading { () throws(SystemError) in try FileWatch(files) }
            return []
        } catch {
            return [(.warning, "certificates are not watched: \(error)")]
        }
    }

    /// To be added to an epoll; nil when nothing is watched.
    var raw: Int32? { watch?.raw }

    var nextDeadline: MonotonicTime { min(reloadsAt, checksAt) }

    /// Takes notices of changes.
    func noteChanges(at now: MonotonicTime) {
        let changed = Privileges.reading { watch?.drain() } ?? false
        if changed { reloadsAt = now + Self.quiet }
    }

    /// Acts on a deadline that has passed. Returns lines for the log.
    func tick(at now: Now) -> [(LogLevel, String)] {
        if reloadsAt <= now.monotonic {
            reloadsAt = .never
            return read(at: now)
        }
        guard checksAt <= now.monotonic else { return [] }
        checksAt = now.monotonic + Self.checkInterval
        return warnings(at: now)
    }

    func snapshots(at unixSeconds: UInt64) -> [CertificateSnapshot] {
        certificates.map { certificate in
            CertificateSnapshot(
                file: certificate.file, names: certificate.names,
                expiresInSeconds: certificate.notAfter - Int64(clamping: unixSeconds),
                fingerprint: certificate.fingerprint)
        }
    }

    /// Reads everything anew, also without notice of a change, under what a reload of the
    /// configuration says of certificates, ciphers and transports. `raw` is another one then.
    func reload(
        _ new: ServerConfiguration.Streams, served: ServedTransports, at now: Now
    ) -> [(LogLevel, String)] {
        let wanted = served.tls || served.dtls ? new.certificates : []
        let isOther =
            new.ciphers != settings.ciphers || new.refusesTLS12 != settings.refusesTLS12
            || served.dtls != servesDatagrams
            // One may be gone, or another one come first: that is who gets the nameless clients.
            || !wanted.elementsEqual(settings.certificates, by: Self.isSame)
        settings.ciphers = new.ciphers
        settings.refusesTLS12 = new.refusesTLS12
        servesDatagrams = served.dtls
        let known = zip(settings.certificates, pairs)
        pairs = wanted.map { files in known.first { Self.isSame($0.0, files) }?.1 }
        settings.certificates = wanted
        guard !pairs.isEmpty else {
            contexts.replace(stream: nil, datagram: nil)
            certificates = []
            watch = nil
            return []
        }
        let lines = beginWatch()
        return lines + read(at: now, isOther: isOther)
    }

    /// Wherever in the configuration they stand.
    private static func isSame(
        _ one: ServerConfiguration.CertificateFiles, _ other: ServerConfiguration.CertificateFiles
    ) -> Bool {
        var moved = other
        moved.source = one.source
        return one == moved
    }

    /// Reads every pair, and serves those that are without fault. Returns lines for the log.
    ///
    /// `isOther`: the contexts are to be made anew even if no file changed.
    func read(at now: Now, isOther: Bool = false) -> [(LogLevel, String)] {
        checksAt = now.monotonic + Self.checkInterval
        var lines: [(LogLevel, String)] = []
        var isChanged = isOther || pairs.count != certificates.count
        for (index, files) in settings.certificates.enumerated() {
            do throws(CertificateFailure) {
                let pair = try Self.readPair(files)
                let old = pairs[index]
                guard old?.chain != pair.chain || old?.key != pair.key else { continue }
                try check(pair)
                pairs[index] = pair
                isChanged = true
            } catch {
                let rest =
                    pairs[index] == nil
                    ? "not served; read again when the files change" : "the old one stays"
                lines.append((.error, "\(files.source): \(error.description); \(rest)"))
            }
        }
        if isChanged { lines += replaceContexts() }
        return lines + warnings(at: now)
    }

    /// A context of this pair alone, so that one wrong pair does not take the others along.
    private func check(_ pair: CertificateSource) throws(CertificateFailure) {
        do throws(TLSFailure) {
            _ = try TLSContext(tlsSettings([pair]), transport: .stream, role: .server)
        } catch {
            throw .unusable(error)
        }
    }

    private func replaceContexts() -> [(LogLevel, String)] {
        let settings = tlsSettings(pairs.compactMap(\.self))
        guard !settings.certificates.isEmpty else {
            let isServing = !certificates.isEmpty
            return isServing ? [(.error, "TLS: no pair can be used; the old ones stay")] : []
        }
        do throws(TLSFailure) {
            let stream = try TLSContext(settings, transport: .stream, role: .server)
            let datagram =
                servesDatagrams
                ? try TLSContext(settings, transport: .datagram, role: .server) : nil
            contexts.replace(stream: stream, datagram: datagram)
            certificates = stream.certificates
        } catch {
            return [(.error, "TLS: \(error); the old certificates stay")]
        }
        return certificates.map { certificate in
            let names = certificate.names.prefix(4).joined(separator: ", ")
            return (.info, "certificate \(certificate.file) for \(names)")
        }
    }

    private func warnings(at now: Now) -> [(LogLevel, String)] {
        certificates.compactMap { certificate in
            certificate.warning(at: now.unixSeconds).map { (.warning, $0) }
        }
    }

    private func tlsSettings(_ pairs: [CertificateSource]) -> TLSSettings {
        TLSSettings(
            certificates: pairs, cipherList: settings.ciphers,
            refusesTLS12: settings.refusesTLS12)
    }

    private static func readPair(
        _ files: ServerConfiguration.CertificateFiles
    ) throws(CertificateFailure) -> CertificateSource {
        CertificateSource(
            chain: try read(files.certificate), chainName: files.certificate,
            key: try read(files.privateKey), keyName: files.privateKey,
            password: files.password.map { Array($0.utf8) })
    }

    private static func read(_ path: String) throws(CertificateFailure) -> [UInt8] {
        do throws(SystemError) {
            return try Privileges.reading { () throws(SystemError) in
                try File.read(path, max: fileBytesMax)
            }
        } catch {
            throw .unreadable(path, error.errno)
        }
    }
}

/// What is wrong with a pair of files, in words for the operator.
private enum CertificateFailure: Error {
    case unreadable(String, Errno)
    case unusable(TLSFailure)

    var description: String {
        switch self {
        case .unreadable(let path, .accessDenied):
            // What certbot makes is for root alone; who starts as root, or has the capability,
            // may read it all the same.
            "\(path) may not be read by user \(Accounts.name(ofUser: Process.user) ?? "?"): give "
                + "it to a group of that user, or the service CAP_DAC_READ_SEARCH"
        case .unreadable(let path, let errno): "\(path) cannot be read: \(errno.text)"
        case .unusable(let failure): failure.description
        }
    }
}
