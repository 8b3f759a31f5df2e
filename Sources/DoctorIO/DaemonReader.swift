import Admin
import Configuration
import Doctor
import LinuxIO
import Primitives
import Probe

/// What the daemon says over its admin socket.
struct DaemonReader {
    /// Told by the operator; nil: the file's, or the variable's.
    let socket: String?
    /// Empty: the file switches it off.
    let configured: String
    let ask: DoctorRun.Ask

    func state() -> Look<DaemonState> {
        guard !configured.isEmpty || socket != nil else {
            return .closed("admin-socket is switched off")
        }
        let (status, output): (StatusSnapshot?, CommandOutput) = answer(.status)
        guard let status else {
            let reason = output.error ?? ""
            guard output.code == .unreachable else { return .closed(Self.short(reason)) }
            // Somebody answers, and not to this user.
            if reason.contains("Permission denied") {
                return .closed("its admin socket is not for this user: try as root")
            }
            return .found(.silent(Self.short(reason)))
        }
        var facts = DaemonFacts(
            version: status.version, ownVersion: TurnstoneVersion.current,
            processID: status.processID, uptimeSeconds: status.uptimeSeconds)
        facts.kernelDrops = status.workers.reduce(0) { $0 + $1.kernelReceiveDrops }
        facts.packets = status.workers.reduce(0) { $0 + $1.up.packets + $1.down.packets }
        facts.pendingChanges = pendingChanges()
        return .found(.answers(facts))
    }

    /// What a reload would change now.
    private func pendingChanges() -> [String]? {
        let (reply, _): (ReloadReply?, CommandOutput) = answer(.reload(isRehearsal: true))
        guard let reply, reply.errors.isEmpty else { return nil }
        return reply.changes.filter { $0.cost != .noEffect }.map { change in
            guard let value = change.added.first else { return "\(change.key) is gone" }
            return value.isEmpty ? change.key : "\(change.key)=\(value)"
        }
    }

    /// A name and password to allocate with: from the daemon's secret, else a user of the file.
    func credentials(
        _ configuration: ServerConfiguration
    ) -> (credentials: ProbeCredentials, source: String)? {
        let order = CredentialOrder(user: "doctor", ttlSeconds: 600)
        let (reply, _): (CredentialReply?, CommandOutput) = answer(.issueCredential(order))
        if let reply {
            let found = ProbeCredentials.user(name: reply.username, password: reply.credential)
            return (found, "a credential of the daemon")
        }
        for user in configuration.credentials.users {
            guard case .password(let password) = user.key else { continue }
            return (.user(name: user.name, password: password), "user \(user.name)")
        }
        let secret = configuration.credentials.secrets.first
        return secret.map { (.secret($0, user: "doctor"), "the file's secret") }
    }

    private func answer<Value: Decodable>(_ request: AdminRequest) -> (Value?, CommandOutput) {
        let isNamed = Process.environment(AdminClient.socketVariable) != nil
        let path = socket ?? (isNamed || configured.isEmpty ? nil : configured)
        let output = ask(DaemonQuestion(request: request, socket: path, json: true))
        guard output.code == .success, let text = output.text else { return (nil, output) }
        return (AdminJSON.decode(Value.self, from: Array(text.utf8)), output)
    }

    /// Without the name of the program and the advice, which the findings give themselves.
    private static func short(_ message: String) -> String {
        let prefix = "turnstone: "
        let text = message.hasPrefix(prefix) ? message.dropFirst(prefix.count) : message[...]
        return String(text.prefix { $0 != ";" })
    }
}
