extension Reader {
    /// Reads `CERTIFICATE KEY`, or one path of a file that holds both.
    mutating func applyCertificate(
        _ value: String, _ entry: inout Report.Line
    ) throws(Problem) {
        // One place is for the pair of `cert` and `pkey`.
        try checkCount(configuration.streams.certificates.count + 1)
        let paths = value.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard (1...2).contains(paths.count) else {
            throw .invalid(
                "These are \(paths.count) paths.",
                accepted: "CERTIFICATE KEY, two paths without blanks, or one of a file with both")
        }
        let files = ServerConfiguration.CertificateFiles(
            certificate: paths[0], privateKey: paths[paths.count - 1], source: source(of: entry))
        let isKnown = configuration.streams.certificates.contains {
            $0.certificate == files.certificate && $0.privateKey == files.privateKey
        }
        if isKnown {
            entry.verdict = .noEffect
            entry.message = "An earlier line says the same."
        } else {
            configuration.streams.certificates.append(files)
        }
    }

    /// Makes the pair of `cert` and `pkey` the first certificate, and says what is missing.
    mutating func reviewCertificates() {
        let streams = configuration.streams
        switch (streams.certificate, streams.privateKey) {
        case (let certificate?, let privateKey?):
            let line = lastLine["cert"].map { source(of: report.lines[$0]) } ?? ""
            configuration.streams.certificates.insert(
                .init(certificate: certificate, privateKey: privateKey, source: line), at: 0)
        case (_?, nil): attachHalf(of: "cert", missing: "pkey", "private key")
        case (nil, _?): attachHalf(of: "pkey", missing: "cert", "certificate")
        case (nil, nil): break
        }
        for index in configuration.streams.certificates.indices {
            configuration.streams.certificates[index].password = streams.privateKeyPassword
        }
        if !has("cert"), !has("pkey"), configuration.streams.certificates.isEmpty {
            reviewMissingCertificate()
        }
        for key in ["cert", "pkey"] {
            guard let index = lastLine[key],
                let place = report.lines[index].problems.firstIndex(where: {
                    $0.code == "repeated-key"
                })
            else { continue }
            report.lines[index].problems[place].advice =
                "Delete one of them, or write certificate=CERTIFICATE KEY for the other one."
        }
    }

    /// Half a pair serves nobody; where TLS is off anyway, it does no harm.
    private mutating func attachHalf(of key: String, missing: String, _ what: String) {
        let streams = configuration.streams
        let isWanted = streams.tls || streams.dtls && configuration.listening.udp
        attach(
            Problem(
                isWanted ? .error : .note, "certificate-incomplete",
                "There is no \(what) (`\(missing)`) beside this.",
                "Write \(missing)=PATH, which may be the same file, or delete the line."),
            to: key)
    }

    /// Without a certificate TLS and DTLS are off, as in coturn: worth a warning where a line
    /// asks for them, a note where nobody did.
    private mutating func reviewMissingCertificate() {
        let streams = configuration.streams
        let wantsDTLS = streams.dtls && has("dtls")
        guard streams.tls || wantsDTLS, !configuration.stun.stunOnly else { return }
        var asking = ["tls-listening-port", "cipher-list", "pkey-pwd"].first(where: has)
        if streams.refusesTLS12 { asking = asking ?? "no-tlsv1_2" }
        if wantsDTLS { asking = asking ?? "dtls" }
        report.findings.append(
            Problem(
                asking == nil ? .note : .warning, "certificate-missing",
                "There is no certificate, so TLS (turns:) and DTLS are off"
                    + (asking.map { ", though `\($0)` asks for them." } ?? "."),
                "Write cert=PATH and pkey=PATH, or no-tls."))
    }
}
