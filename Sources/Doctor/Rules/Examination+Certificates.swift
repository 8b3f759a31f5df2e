import Primitives
import Probe

// The certificates, as their files are and as clients are shown them.
extension Examination {
    func certificates() -> Result {
        guard let service = facts.service else { return unplanned }
        guard !facts.certificates.isEmpty else {
            return Result(fine: "none is configured: TLS and DTLS are off")
        }
        var result = Result()
        var fine: [String] = []
        for certificate in facts.certificates {
            switch certificate.outcome {
            case .forbidden(let path): result.unknown = "\(path) is not for this user: try as root"
            case .unusable(let reason): result.findings.append(unusable(certificate, reason))
            case .usable(let found):
                let findings = judge(found, certificate)
                result.findings += findings
                let days = (found.notAfter - Int64(clamping: facts.unixSeconds)) / 86_400
                fine.append("\(found.names.first ?? found.subject) for \(days) days")
                if findings.isEmpty { result.findings += stale(found, certificate, service) }
            }
        }
        result.findings += names
        result.fine = fine.joined(separator: ", ")
        return result
    }

    private static let why =
        "Browsers refuse turns: and show no more than error 701: who has only TLS to get out with "
        + "gets no call."

    private static let takesItself =
        "The daemon takes the new file within seconds, without a restart."

    private func unusable(_ certificate: CertificateFact, _ reason: String) -> DoctorFinding {
        let isKey = reason.contains("does not match")
        return DoctorFinding(
            .certificates, isKey ? "certificate-key" : "certificate-unusable", .error,
            "\(certificate.source): \(reason)",
            why: Self.why,
            mend: (isKey
                ? "Name the key that the certificate was made for in pkey. certbot keeps the two "
                    + "as fullchain.pem and privkey.pem in one folder:"
                : "Put the certificate and its key there in PEM form, or name the right files in "
                    + "cert and pkey. What is there now:"),
            commands: isKey
                ? [
                    "openssl x509 -in \(certificate.file.quoted) -noout -subject -pubkey",
                    "openssl pkey -in \(certificate.keyFile.quoted) -pubout",
                ]
                : ["ls -l \(certificate.file.quoted) \(certificate.keyFile.quoted)"])
    }

    private func judge(
        _ found: ProbeCertificate, _ certificate: CertificateFact
    ) -> [DoctorFinding] {
        let dates = dates(found, certificate)
        return dates + (dates.contains { $0.severity == .error } ? [] : trust(found, certificate))
    }

    private func dates(
        _ found: ProbeCertificate, _ certificate: CertificateFact
    ) -> [DoctorFinding] {
        let now = Int64(clamping: facts.unixSeconds)
        if now > found.notAfter {
            let ago = Self.duration(UInt64(now - found.notAfter))
            return [
                DoctorFinding(
                    .certificates, "certificate-expired", .error,
                    "the certificate in \(certificate.file) expired \(ago) ago", why: Self.why,
                    mend: "Renew it. \(Self.takesItself)", commands: ["certbot renew"])
            ]
        }
        if now < found.notBefore {
            return [
                DoctorFinding(
                    .certificates, "certificate-not-valid-yet", .error,
                    "the certificate in \(certificate.file) is not valid yet", why: Self.why,
                    mend: "Set the clock of this machine, or of whoever issued it:",
                    commands: ["timedatectl set-ntp true"])
            ]
        }
        let days = (found.notAfter - now) / 86_400
        // certbot renews at 30 days: what is younger than this has failed to renew for a while.
        guard days < 21 else { return [] }
        return [
            DoctorFinding(
                .certificates, "certificate-expires-soon", .warning,
                "the certificate in \(certificate.file) expires in \(days) days",
                why: "It should have been renewed by now. After that browsers refuse turns:.",
                mend: "See why it was not renewed:", commands: ["certbot renew --dry-run"])
        ]
    }

    private func trust(
        _ found: ProbeCertificate, _ certificate: CertificateFact
    ) -> [DoctorFinding] {
        guard let distrust = found.distrust else { return [] }
        let own = "If the authority is your own, name its file with --ca-file."
        if found.isSelfSigned {
            return [
                DoctorFinding(
                    .certificates, "certificate-self-signed", .error,
                    "the certificate in \(certificate.file) is signed by itself", why: Self.why,
                    mend: "Get one from an authority that browsers know. \(own)",
                    commands: [certbot])
            ]
        }
        if found.chainLength == 1,
            distrust.contains("issuer certificate")
                || distrust.contains("first certificate")
        {
            return [
                DoctorFinding(
                    .certificates, "certificate-chain", .error,
                    "\(certificate.file) holds the certificate without those that lead to an "
                        + "authority (issued by \(found.issuer))",
                    why: "Clients cannot connect it to an authority they know. " + Self.why,
                    mend: "Name the full chain in cert: certbot's fullchain.pem, not cert.pem. "
                        + own + " How many the file holds:",
                    commands: ["grep -c BEGIN \(certificate.file.quoted)"])
            ]
        }
        return [
            DoctorFinding(
                .certificates, "certificate-untrusted", .error,
                "no authority vouches for the certificate in \(certificate.file): \(distrust)",
                why: Self.why,
                mend: "Get one from an authority that browsers know. \(own)", commands: [certbot])
        ]
    }

    private var certbot: String {
        "certbot certonly --standalone -d \((facts.host ?? "turn.example.org").quoted)"
    }

    /// A client names its host, and gets the certificate that fits: one of them must.
    private var names: [DoctorFinding] {
        let found = facts.certificates.compactMap { fact in
            if case .usable(let certificate) = fact.outcome { certificate } else { nil }
        }
        guard let host = facts.host, IPAddress(host) == nil, !found.isEmpty,
            !found.contains(where: { $0.covers(host) })
        else { return [] }
        let list = found.flatMap(\.names).prefix(5).joined(separator: ", ")
        return [
            DoctorFinding(
                .certificates, "certificate-name", .error,
                "no certificate is for \(host), only for \(list.isEmpty ? "no name" : list)",
                why: Self.why,
                mend: "Get one for the name and write it into cert and pkey, or give clients a "
                    + "name that one is for (public-name):",
                commands: [certbot])
        ]
    }

    /// What clients are shown, where the file is another by now.
    private func stale(
        _ found: ProbeCertificate, _ certificate: CertificateFact, _ service: PlannedService
    ) -> [DoctorFinding] {
        guard case .found(let reports) = facts.probes, facts.certificates.count == 1 else {
            return []
        }
        let shown = reports.flatMap(\.paths).compactMap(\.handshake?.certificate)
        guard let other = shown.first(where: { $0.fingerprint != found.fingerprint }) else {
            return []
        }
        return [
            DoctorFinding(
                .certificates, "certificate-stale", .warning,
                "clients are shown another certificate than \(certificate.file) holds "
                    + "(for \(other.names.first ?? other.subject))",
                why: "The file was renewed, and the daemon goes on with the old one until that "
                    + "expires.",
                mend: "Let it read the file, and see in its log whether it may:",
                commands: ["turnstone reload", "journalctl -u turnstone -n 20"])
        ]
    }
}
