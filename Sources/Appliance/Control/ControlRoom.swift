import Admin
import LinuxIO
import Primitives
import TURN

/// What the control thread owns and the admin socket may ask of: the workers, callers, the file,
/// the log. The loop around it waits for events; this does what they ask for.
final class ControlRoom {
    var desk: AdminDesk
    var reloader: Reloader
    var log: LogWriter
    var service = ServiceReport()
    let door: Door
    let handshakes: DTLSHandshakes
    let certificates: CertificateKeeper
    let monitor: MetricsPort
    let applications: ApplicationService?
    /// Rung by threads that have something for the control thread.
    let wakeup: SharedWakeup
    var userRates = RateBook<String>()
    var refusalBook = RefusalBook()
    /// `turnstone drain` was given.
    var isDraining = false
    var stopsWhenEmpty = false
    /// The watch on certificates is another one since somebody last looked.
    var hasNewWatch = false

    init(
        desk: consuming AdminDesk, reloader: consuming Reloader, log: consuming LogWriter,
        door: Door, handshakes: DTLSHandshakes, certificates: CertificateKeeper,
        monitor: MetricsPort, applications: ApplicationService?, wakeup: SharedWakeup
    ) {
        self.desk = desk
        self.reloader = reloader
        self.log = log
        self.door = door
        self.handshakes = handshakes
        self.certificates = certificates
        self.monitor = monitor
        self.applications = applications
        self.wakeup = wakeup
        applications?.relay = self
        monitor.source = self
        applications?.room = self
        tellApplications()
    }

    /// Takes over what the file, the certificates or the addresses say by now.
    func tellApplications() {
        applications?.apply(reloader.web, reloader.calls, desk.issuer, ports: reloader.ports)
    }
}

extension ControlRoom: AdminService {
    func answer(_ request: AdminRequest) -> AdminReply {
        do throws(AdminRefusal) {
            return try perform(request)
        } catch {
            return .refused(error)
        }
    }

    private func perform(_ request: AdminRequest) throws(AdminRefusal) -> AdminReply {
        switch request {
        case .status: .status(try status())
        case .allocations(let filter): .allocations(try desk.allocations(filter))
        case .allocation(let id):
            .allocation(try existing(try desk.allocation(id), id))
        case .kill(let order): .killed(try kill(order))
        case .issueCredential(let order): .credential(try desk.issueCredential(order))
        case .calls(let query): .calls(try calls(query))
        case .call(let id): .call(try call(id))
        case .endCall(let id): .callEnded(try endCall(id))
        case .sessions(let query): .sessions(try sessions(query))
        case .kick(let order): .kicked(try kick(order))
        case .users(let query): .users(try users(query))
        case .reports: .reports(reports())
        case .report(let id): .report(try report(id))
        case .explainCredential(let question): .explanation(explain(question))
        case .revokeCredential(let name): .revoked(try revoke(name))
        case .refusals(let query): .refusals(refusals(query))
        case .metrics: .metrics(metrics(at: Clock.now()))
        case .logLevel: .logLevel(logLevel)
        case .setLogLevel(let name): .logLevel(setLogLevel(name))
        case .drain(let order): .drain(try drain(order))
        case .reload(let isRehearsal): .reload(reload(isRehearsal: isRehearsal))
        case .configuration(let withDefaults):
            .configuration(reloader.show(withDefaults: withDefaults))
        }
    }

    private func status() throws(AdminRefusal) -> StatusSnapshot {
        var status = try desk.status()
        status.draining = isDraining
        return status
    }

    private func kill(_ order: KillOrder) throws(AdminRefusal) -> KillReply {
        let reply = try desk.kill(order)
        guard case .allocation(let id) = order.target else {
            return reply ?? KillReply(killed: 0)
        }
        return try existing(reply, id)
    }

    private func existing<Value>(
        _ value: Value?, _ id: AllocationName
    ) throws(AdminRefusal) -> Value {
        if let value { return value }
        throw AdminRefusal(.noSuchAllocation, "no allocation \(id); it may have ended meanwhile")
    }
}
