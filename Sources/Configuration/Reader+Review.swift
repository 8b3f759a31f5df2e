import Primitives

extension Reader {
    /// Judges what only shows once all lines are known.
    mutating func review() {
        reviewCredentials()
        reviewAnonymous()
        reviewWeb()
        reviewCalls()
        reviewCertificates()
        reviewMetrics()
        reviewTransports()
        reviewPorts()
        reviewLimits()
        reviewAddresses()
        reviewPeers()
        reviewService()
        reviewLog()
    }

    /// Adds a problem to the last line that has one of `keys`, or to the whole file without one.
    mutating func attach(_ problem: Problem, to keys: String...) {
        guard let index = keys.compactMap({ lastLine[$0] }).max() else {
            report.findings.append(problem)
            return
        }
        report.lines[index].problems.append(problem)
        if problem.severity == .error, report.lines[index].verdict != .refused {
            report.lines[index].verdict = .invalid
        }
    }

    func has(_ key: String) -> Bool { lastLine[key] != nil }

    private mutating func reviewCredentials() {
        let credentials = configuration.credentials
        let hasSecret = !credentials.secrets.isEmpty || !credentials.secretFiles.isEmpty
        let triedSecret = has("static-auth-secret") || has("auth-secret-file")
        if credentials.usesSecrets, !hasSecret, !triedSecret { reviewMissingSecret() }
        if !credentials.users.isEmpty, hasSecret || credentials.usesSecrets {
            report.findings.append(
                Problem(
                    .warning, "users-and-secret",
                    "There are `user` lines and time-limited credentials: coturn ignores the"
                        + " users, here both are good.",
                    "Delete the `user` lines if they are leftovers."))
        }
        if credentials.offersSHA256,
            credentials.users.contains(where: { if case .md5 = $0.key { true } else { false } })
        {
            attach(
                Problem(
                    .warning, "sha256-not-offered",
                    "SHA-256 is not offered, since an account has only an MD5 key.",
                    "Write that account with its password."), to: "sha256")
        }
        if credentials.offersUserHash, credentials.users.isEmpty || hasSecret {
            attach(
                Problem(
                    .warning, "userhash-not-offered",
                    "USERHASH is not offered: the name of a time-limited credential must be"
                        + " readable.",
                    "Delete the line."), to: "userhash")
        }
        // RFC 8489 §14.9: a realm has fewer than 128 characters, at most 763 bytes.
        if credentials.realm.unicodeScalars.count >= 128 || credentials.realm.utf8.count > 763 {
            attach(
                .invalid("The realm is too long.", accepted: "at most 127 characters"), to: "realm")
        }
        let needsRealm = !credentials.isEmpty && !configuration.stun.stunOnly
        if credentials.realm.isEmpty, needsRealm {
            attach(
                Problem(
                    .warning, "realm-missing",
                    "There is no realm: the host's domain is used, or `turnstone` without one.",
                    "Write realm=DOMAIN, so that stored keys stay good when the host is renamed."),
                to: "realm")
        }
    }

    /// `use-auth-secret` without a secret: the secret may stand in the flag's own value, or in a
    /// database that is not read.
    private mutating func reviewMissingSecret() {
        if let index = lastLine["use-auth-secret"], configuration.credentials.users.isEmpty,
            let place = report.lines[index].problems.firstIndex(where: {
                $0.code == "secret-in-flag"
            })
        {
            report.lines[index].problems[place].severity = .error
            report.lines[index].verdict = .invalid
            return
        }
        attach(
            Problem(
                .warning, "secret-missing",
                "Time-limited credentials are asked for, and no secret is given; no database is"
                    + " read.",
                "Write static-auth-secret=SECRET or auth-secret-file=PATH."),
            to: "use-auth-secret")
    }

    private mutating func reviewAnonymous() {
        let credentials = configuration.credentials
        let stunOnly = configuration.stun.stunOnly
        if let index = lastLine["no-auth"], report.lines[index].verdict == .refused {
            if stunOnly {
                report.lines[index].verdict = .honoured
                report.lines[index].message = "Nothing is relayed, so nobody needs credentials."
            } else {
                attach(
                    Problem(
                        .error, "open-relay", "Every client of this relay needs credentials.",
                        "Write static-auth-secret=SECRET, or user=NAME:PASSWORD, or stun-only."),
                    to: "no-auth")
            }
        } else if credentials.isEmpty, !stunOnly, report.starts {
            let demands = credentials.usesLongTerm || credentials.usesSecrets
            report.findings.append(
                Problem(
                    .warning, "no-credentials",
                    "There is no user and no secret: Binding is answered, every Allocate refused."
                        + (demands ? "" : " coturn would relay for anyone."),
                    "Write static-auth-secret=SECRET, or user=NAME:PASSWORD, or stun-only."))
        }
    }

    private mutating func reviewService() {
        if configuration.stun.stunOnly, configuration.stun.noSTUN {
            attach(
                Problem(
                    .error, "nothing-served", "`stun-only` and `no-stun` together leave nothing.",
                    "Delete one of them."), to: "stun-only", "no-stun")
        }
        if configuration.process.user == "root" {
            attach(
                Problem(
                    .warning, "stays-root", "The server keeps running as root.",
                    "Write proc-user=turnstone."), to: "proc-user")
        }
    }
}
