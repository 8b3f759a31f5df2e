package import HTTP

/// What a command prints and ends with.
package struct CommandOutput: Hashable, Sendable {
    /// For standard output, without the last line end; nil prints nothing.
    package var text: String?
    /// For standard error.
    package var error: String?
    package var code: ExitCode

    package init(text: String? = nil, error: String? = nil, code: ExitCode) {
        self.text = text
        self.error = error
        self.code = code
    }

    /// What the daemon's answer to a question comes to.
    package init(_ response: HTTPResponse, to question: DaemonQuestion) {
        guard response.status == .ok else {
            self = Self.refused(response, json: question.json)
            return
        }
        if question.json {
            // As the daemon wrote it: a newer one may say more than this program knows.
            self.init(
                text: String(decoding: response.body, as: UTF8.self).trimmed,
                code: Self.code(response.body, question.request))
        } else if let lines = Self.lines(response.body, question.request) {
            self.init(
                text: lines.joined(separator: "\n"),
                code: Self.code(response.body, question.request))
        } else {
            self.init(
                error: "turnstone: the daemon's answer cannot be read; is it of another version? "
                    + "This is \(TurnstoneVersion.current); --json shows the answer as it is.",
                code: .failure)
        }
    }

    /// What to say when the socket does not lead to a daemon; `reason` is the system's.
    package static func unreachable(
        socket: String, reason: String, forbidden: Bool = false
    ) -> Self {
        let advice =
            forbidden
            ? "run this as root, or as a member of the group that admin-group names"
            : "start it with 'systemctl start turnstone' or 'turnstone serve', or name another "
                + "socket with --socket"
        return CommandOutput(
            error: "turnstone: no daemon answers at \(socket.printable): \(reason); \(advice)",
            code: .unreachable)
    }

    /// What to say where the configuration has no socket.
    package static func switchedOff(inFile file: String) -> Self {
        CommandOutput(
            error: "turnstone: admin-socket is switched off in \(file.printable); SIGHUP makes the "
                + "daemon read its file, and its log says what came of it",
            code: .unreachable)
    }

    /// The daemon was not asked, and was told to read its file.
    package static func signalled(process: Int32) -> Self {
        CommandOutput(
            text: "No admin socket answers, so process \(process) got SIGHUP. Its log says what "
                + "came of it.",
            code: .success)
    }

    private static func refused(_ response: HTTPResponse, json: Bool) -> Self {
        let message =
            AdminJSON.refusal(in: response.body)?.message.printable
            ?? "the daemon answered \(response.status.rawValue) \(response.status.reason)"
        return CommandOutput(
            text: json ? String(decoding: response.body, as: UTF8.self) : nil,
            error: "turnstone: \(message)", code: .failure)
    }

    private static func lines(_ body: [UInt8], _ request: AdminRequest) -> [String]? {
        switch request {
        case .status: AdminJSON.decode(StatusSnapshot.self, from: body).map(StatusTable.lines)
        case .allocations:
            AdminJSON.decode(AllocationList.self, from: body).map(AllocationTables.list)
        case .allocation:
            AdminJSON.decode(AllocationSnapshot.self, from: body).map(AllocationTables.show)
        case .kill: AdminJSON.decode(KillReply.self, from: body).map(killed)
        case .issueCredential:
            AdminJSON.decode(CredentialReply.self, from: body).map(CredentialTable.lines)
        case .calls: AdminJSON.decode(CallList.self, from: body).map(CallTables.list)
        case .call: AdminJSON.decode(CallReport.self, from: body).map(CallTables.show)
        case .endCall:
            AdminJSON.decode(CallEndReply.self, from: body).map {
                ["Call \($0.id.printable) has ended: \($0.reason.printable)."]
            }
        case .sessions: AdminJSON.decode(SessionList.self, from: body).map(SessionTable.lines)
        case .kick: AdminJSON.decode(KickReply.self, from: body).map(SessionTable.kicked)
        case .users: AdminJSON.decode(UserList.self, from: body).map(UserTable.lines)
        case .reports: AdminJSON.decode(ReportList.self, from: body).map(ReportTables.list)
        case .report: AdminJSON.decode(ReportSnapshot.self, from: body).map(ReportTables.show)
        case .refusals: AdminJSON.decode(RefusalList.self, from: body).map(ControlTables.refusals)
        case .metrics: [String(decoding: body, as: UTF8.self).trimmed]
        case .logLevel, .setLogLevel:
            AdminJSON.decode(LogLevelReply.self, from: body).map { [$0.level.printable] }
        case .drain: AdminJSON.decode(DrainReply.self, from: body).map(ControlTables.drain)
        case .reload: AdminJSON.decode(ReloadReply.self, from: body).map(ControlTables.reload)
        case .configuration:
            AdminJSON.decode(ConfigurationReply.self, from: body).map(ControlTables.configuration)
        case .explainCredential:
            AdminJSON.decode(CredentialExplanation.self, from: body).map(CredentialTable.explain)
        case .revokeCredential:
            AdminJSON.decode(RevokeReply.self, from: body).map(CredentialTable.revoked)
        }
    }

    /// An answer may say that something is not as it should be.
    private static func code(_ body: [UInt8], _ request: AdminRequest) -> ExitCode {
        switch request {
        case .explainCredential:
            let reply = AdminJSON.decode(CredentialExplanation.self, from: body)
            return reply?.accepted == false ? .failure : .success
        case .reload:
            let reply = AdminJSON.decode(ReloadReply.self, from: body)
            return reply?.errors.isEmpty == false ? .notAccepted : .success
        default: return .success
        }
    }

    private static func killed(_ reply: KillReply) -> [String] {
        var lines = ["Ended \(reply.killed) allocation\(reply.killed == 1 ? "" : "s")."]
        if let account = reply.bannedAccount, reply.banSeconds > 0 {
            let time = HumanUnits.duration(UInt64(reply.banSeconds))
            lines.append("\(account.printable) is refused new allocations for \(time).")
        }
        return lines
    }
}

extension String {
    /// Without line ends behind it: whoever prints it adds one.
    fileprivate var trimmed: String {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
