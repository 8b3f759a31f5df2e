import Admin
import LinuxIO
import Primitives
import TURN

// Credentials, as the admin socket explains and ends them.
extension ControlRoom {
    func explain(_ question: CredentialQuestion) -> CredentialExplanation {
        desk.explain(question)
    }

    func revoke(_ name: String) throws(AdminRefusal) -> RevokeReply {
        let reply = try desk.revoke(name)
        log.write(
            .warning,
            "credential of \(LogText.printable(reply.account)) revoked by an administrator, "
                + "\(reply.killed) allocations ended")
        return reply
    }
}

extension AdminDesk {
    func explain(_ question: CredentialQuestion) -> CredentialExplanation {
        let now = Clock.now()
        let found = credentials.examine(
            name: question.username, password: question.password.map { Array($0.utf8) },
            realm: question.realm, at: now, revocations: revocations)
        let realm = credentials.settings.realm
        let used = allocations(of: found.quotaKey)
        var reply = CredentialExplanation(
            username: question.username, account: found.quotaKey, kind: found.kind.word,
            realm: realm, allocations: used, quota: quota)
        reply.secret = found.secret
        reply.passwords = found.passwords.map { String(decoding: $0.bytes, as: UTF8.self) }
        if case .timeLimited(let expires) = found.kind {
            reply.expiresInSeconds =
                Int64(clamping: expires).subtractingReportingOverflow(
                    Int64(clamping: now.unixSeconds)
                ).partialValue
        }
        for failure in found.failures {
            if case .revoked(let seconds) = failure { reply.bannedSeconds = seconds }
            reply.refuse(401, sentence(failure, question, realm))
        }
        reply.notes = found.hints
        if let quota, used >= quota {
            reply.refuse(486, "over quota: \(used) of \(quota) allocations")
        }
        if isFull { reply.refuse(508, "the server is full, or drains") }
        if question.password == nil, found.kind != .unknown {
            reply.notes.append("no password was given, so none was checked")
        }
        return reply
    }

    private func sentence(
        _ failure: CredentialFailure, _ question: CredentialQuestion, _ realm: String
    ) -> String {
        guard case .otherRealm = failure, let other = question.realm else {
            return failure.description
        }
        return "\(failure.description): '\(other)' instead of '\(realm)'"
    }

    func revoke(_ name: String) throws(AdminRefusal) -> RevokeReply {
        let now = Clock.now()
        let account = credentials.quotaKey(of: name)
        guard issuer.revoke(username: name, at: now) else {
            throw AdminRefusal(
                .badParameter,
                "'\(name.printable)' is no time-limited name; for others take "
                    + "'allocations kill --user NAME --ban TIME'")
        }
        return RevokeReply(
            account: account, seconds: banned(account, at: now.monotonic) ?? 0,
            killed: try kill(account: account))
    }
}

extension CredentialExamination.Kind {
    fileprivate var word: String {
        switch self {
        case .staticUser: "static"
        case .timeLimited: "time-limited"
        case .unknown: "unknown"
        }
    }
}
