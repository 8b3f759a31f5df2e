import Primitives

// What browsers and other clients find wrong with a certificate.
extension Diagnosis {
    /// certbot renews at 30 days: what is younger than this has failed to renew for a while.
    static let warningDays: Int64 = 21

    func certificate(_ path: PathResult) -> [Finding] {
        guard let certificate = path.handshake?.certificate else { return [] }
        return dates(certificate) + names(certificate) + trust(certificate)
    }

    private static let why =
        "Browsers refuse turns: and show no more than error 701; the call goes on without it or "
        + "fails."

    private func dates(_ certificate: ProbeCertificate) -> [Finding] {
        let now = Int64(clamping: settings.unixSeconds)
        if now > certificate.notAfter {
            let days = (now - certificate.notAfter) / 86_400
            return [
                Finding(
                    "certificate-expired", .error,
                    "the certificate expired "
                        + (days == 0 ? "today" : "\(days) day\(days == 1 ? "" : "s") ago"),
                    why: Self.why,
                    mend: "Renew it (certbot renew), and see that the server takes the new one: "
                        + "Turnstone does by itself, others need a reload or restart.")
            ]
        }
        if now < certificate.notBefore {
            return [
                Finding(
                    "certificate-not-valid-yet", .error,
                    "the certificate becomes valid only in \(certificate.notBefore - now) s",
                    why: Self.why,
                    mend: "Set the clock of whoever issued it, or of this machine "
                        + "(timedatectl set-ntp true).")
            ]
        }
        let days = (certificate.notAfter - now) / 86_400
        guard days < Self.warningDays else { return [] }
        return [
            Finding(
                "certificate-expires-soon", .warning, "the certificate expires in \(days) days",
                why: "After that browsers refuse turns:.",
                mend: "See why it was not renewed yet: certbot renew --dry-run; and whether the "
                    + "server reads the new file.")
        ]
    }

    private func names(_ certificate: ProbeCertificate) -> [Finding] {
        guard !certificate.covers(settings.host) else { return [] }
        let list = certificate.names.prefix(5).joined(separator: ", ")
        let isAddress = IPAddress(settings.host) != nil
        return [
            Finding(
                "certificate-name", isAddress ? .warning : .error,
                "the certificate is for \(list.isEmpty ? "no name" : list), not for "
                    + settings.host,
                why: Self.why,
                mend: isAddress
                    ? "Probe the name that clients use. Clients must be given that name too."
                    : "Get one for \(settings.host) (certbot certonly -d \(settings.host)) and "
                        + "name it in cert and pkey, or give clients a name that it is for.")
        ]
    }

    private func trust(_ certificate: ProbeCertificate) -> [Finding] {
        guard let distrust = certificate.distrust else { return [] }
        let isExpired = Int64(clamping: settings.unixSeconds) > certificate.notAfter
        let isEarly = Int64(clamping: settings.unixSeconds) < certificate.notBefore
        if distrust.contains("expired"), isExpired { return [] }
        if distrust.contains("not yet valid"), isEarly { return [] }
        if certificate.isSelfSigned {
            return [
                Finding(
                    "certificate-self-signed", .error,
                    "the certificate is signed by itself (\(certificate.subject))",
                    why: Self.why,
                    mend: "Get one from an authority that browsers know, such as Let's Encrypt.")
            ]
        }
        if certificate.chainLength == 1,
            distrust.contains("issuer certificate")
                || distrust.contains("first certificate")
        {
            return [
                Finding(
                    "certificate-chain", .error,
                    "the server shows its certificate without the intermediate ones "
                        + "(issued by \(certificate.issuer))",
                    why: "Clients cannot connect it to an authority they know. " + Self.why,
                    mend: "Name the full chain in cert: fullchain.pem, not cert.pem. If the "
                        + "authority is your own, probe with --ca-file.")
            ]
        }
        return [
            Finding(
                "certificate-untrusted", .error,
                "no authority vouches for the certificate: \(distrust) "
                    + "(issued by \(certificate.issuer))",
                why: Self.why,
                mend: "Get one from an authority that browsers know, such as Let's Encrypt. If the "
                    + "authority is your own, probe with --ca-file.")
        ]
    }
}
