import Admin
import Crypto
import Forwarding
import LinuxIO
import Primitives
import TURN
import WebAPI

/// Answers the admin socket: asks the workers and adds up what they say.
struct AdminDesk: ~Copyable {
    private let crew: Crew
    private let shared: SharedState
    private let started = Clock.monotonic()
    /// `public-name`, as it is now.
    var publicName: String?
    /// `credentials-ttl`, as it is now.
    var lifetime = Seconds(43_200)
    private let relayMap: RelayMap
    private var settings: ServerSettings
    /// What clients can come by; `settings` also numbers what is switched off.
    private var listeners: [ServerSettings.Listener]
    private var ports: ClosedRange<UInt16>
    /// Something else than plain UDP is served, or was before a reload.
    private(set) var servesConnections: Bool
    private let warnings: [String]
    private let door: Door
    private let handshakes: DTLSHandshakes
    private let certificates: CertificateKeeper
    private var rates = RateBook<AllocationName>()

    init(
        crew: consuming Crew, shared: SharedState, relayMap: RelayMap, mapping: SettingsMapping,
        warnings: [String], door: Door, handshakes: DTLSHandshakes,
        certificates: CertificateKeeper
    ) {
        self.crew = crew
        self.shared = shared
        self.relayMap = relayMap
        settings = mapping.settings
        listeners = mapping.plan.servedListeners
        ports = mapping.ports
        servesConnections = mapping.plan.servesConnections
        self.warnings = warnings
        self.door = door
        self.handshakes = handshakes
        self.certificates = certificates
    }

    /// Issues for the admin socket, and is what the service issues for applications with.
    var issuer: RelayAccessDesk {
        RelayAccessDesk(
            credentials: settings.credentials.settings, listeners: listeners,
            relays: settings.relayAddresses,
            certificateNames: certificates.certificates.first?.names ?? [],
            publicName: publicName,
            allCertificateNames: certificates.certificates.flatMap(\.names), ports: ports,
            lifetime: lifetime, revocations: shared.revocations)
    }

    /// What denials of peers are explained by.
    var peerPolicy: PeerPolicy { settings.peerPolicy }

    /// Whether the process has room for these addresses beside all that it relayed from before.
    func hasRoom(for relays: [ServerSettings.RelayAddress]) -> Bool {
        relayMap.hasRoom(for: relays.map { ($0.local, $0.advertised) })
    }

    /// Prepares what workers share for new addresses and ports of relays, for which there is room.
    /// From now on ports are drawn there, and nowhere else.
    func prepare(_ mapping: SettingsMapping) {
        let relays = mapping.plan.relays
        let isAdded = relayMap.add(relays.map { ($0.local, $0.advertised) })
        precondition(isAdded, "a reload that nobody asked whether there is room")
        shared.ports.apply(addresses: relays.map(\.local), ports: mapping.ports)
    }

    /// The ports that relays have.
    var portLedger: PortLedger { shared.ports }

    /// Tells whether a live relay is known by a pair of addresses. Of TCP relays only the local
    /// one is known here.
    var isPublished: (ServerSettings.RelayAddress) -> Bool {
        { [relayMap, shared] relay in
            relayMap.isInUse(relay.local) && relayMap.isInUse(relay.advertised)
                || shared.relaysTCP(from: relay.local)
        }
    }

    /// What the answers to the next change are waited for with; nil without descriptors.
    func takeover() -> Takeover? { try? Takeover(workers: crew.count) }

    /// Gives new settings to every worker; false when one did not answer.
    mutating func apply(_ mapping: SettingsMapping) -> Bool {
        guard let takeover = takeover() else { return false }
        give(mapping.workerChange(), of: mapping, takeover)
        return takeover.unwatched(waiting: Crew.patienceMilliseconds) != nil
    }

    /// Gives new settings and sockets to every worker; `takeover` gets the answers.
    mutating func give(
        _ change: WorkerChange, of mapping: SettingsMapping, _ takeover: Takeover
    ) {
        settings = change.settings
        listeners = mapping.plan.servedListeners
        ports = mapping.ports
        servesConnections = servesConnections || mapping.plan.servesConnections
        shared.quotas.apply(settings.limits)
        crew.give(change, takeover)
    }

    /// How many allocations came by each listener; nil when a worker did not answer.
    func allocationsByListener() -> [ListenerID: Int]? {
        crew.ask { WorkerOrder.countByListener($0) }?
            .reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }

    /// Lets the report ask the workers for a sign of life when it is time to.
    func beat(_ service: inout ServiceReport, at now: MonotonicTime) -> (LogLevel, String)? {
        service.tick(at: now, crew: crew, allocations: shared.quotas.allocations)
    }

    /// Stops every worker; returns when all sockets are closed.
    func stop() { crew.stop() }

    static let busy = AdminRefusal(.unavailable, "a worker did not answer in time")
}

extension AdminDesk {
    func status() throws(AdminRefusal) -> StatusSnapshot {
        guard let reports = workerReports() else { throw Self.busy }
        return status(of: reports)
    }

    /// What every worker says; nil when one did not answer in time.
    func workerReports() -> [WorkerReport]? { crew.ask { WorkerOrder.report($0) } }

    /// Without reports what nobody has to be asked for.
    func status(of reports: [WorkerReport]) -> StatusSnapshot {
        let counters = reports.map(\.counters)
        var budget = BudgetSnapshot()
        for report in reports {
            budget.requests += report.budget.full + report.budget.short + report.budget.silent
            budget.bytesIn += report.budget.bytesIn
            budget.bytesOut += report.budget.bytesOut
            budget.shortened += report.budget.short
            budget.silenced += report.budget.silent
        }
        let limit = settings.limits.allocations
        return StatusSnapshot(
            processID: Process.id,
            uptimeSeconds: Clock.monotonic().nanoseconds(since: started) / 1_000_000_000,
            realm: settings.realm,
            listeners: listeners.map {
                .init(address: $0.address, transport: "\($0.transport)")
            },
            relays: settings.relayAddresses.map {
                .init(advertised: $0.advertised, local: $0.local)
            },
            ports: .init(
                first: ports.lowerBound, last: ports.upperBound,
                inUse: UInt64(shared.ports.countInUse)),
            allocations: .init(
                current: UInt64(shared.quotas.allocations),
                sinceStart: counters.reduce(0) { $0 + $1.allocations },
                max: limit == 0 ? nil : UInt64(limit)),
            workers: reports.map(\.snapshot), stun: StunCounters(summing: counters),
            budget: budget, streams: servesConnections ? door.snapshot(with: handshakes) : nil,
            certificates: certificates.snapshots(at: Clock.now().unixSeconds), warnings: warnings)
    }

    mutating func allocations(_ filter: AllocationFilter) throws(AdminRefusal) -> AllocationList {
        var filter = filter
        if let user = filter.user { filter.userAccounts = issuedAccounts(of: user) }
        var wanted = filter
        // Which ones are the first is known when all are.
        if filter.order != nil { wanted.limit = AllocationFilter.limitMax }
        let asked = wanted
        guard let lists = crew.ask({ WorkerOrder.list(asked, $0) }) else { throw Self.busy }
        var result = AllocationList(matched: 0, allocations: [])
        for list in lists {
            result.matched += list.matched
            result.allocations += list.allocations.prefix(asked.limit - result.allocations.count)
        }
        rates.fill(&result.allocations, at: Clock.monotonic())
        filter.arrange(&result.allocations)
        return result
    }

    mutating func allocation(
        _ id: AllocationName
    ) throws(AdminRefusal) -> Admin.AllocationSnapshot? {
        try allocations(AllocationFilter(id: id, limit: 1)).allocations.first
    }

    mutating func kill(_ order: KillOrder) throws(AdminRefusal) -> KillReply? {
        let ban = order.banSeconds == 0 ? nil : Seconds(order.banSeconds)
        switch order.target {
        case .user(let name):
            var ended = 0
            for account in [name] + issuedAccounts(of: name) {
                ended += try kill(account: account, banning: ban)
            }
            return KillReply(
                killed: ended, bannedAccount: ban == nil ? nil : name,
                banSeconds: order.banSeconds)
        case .matching(let filter):
            return KillReply(killed: try kill(filter))
        case .allocation(let id):
            let handle = AllocationHandle(
                worker: WorkerID(index: id.worker), id: AllocationID(index: id.slot),
                generation: id.generation)
            guard
                let answer = crew.ask(
                    worker: Int(id.worker),
                    { WorkerOrder.kill(.allocation(handle), banning: ban, $0) })
            else { return nil }
            guard let account = answer.first else { return nil }
            return KillReply(
                killed: 1, bannedAccount: ban == nil ? nil : account,
                banSeconds: order.banSeconds)
        }
    }

    /// Ends what matches: in one look, so what is made meanwhile stays.
    private mutating func kill(_ filter: AllocationFilter) throws(AdminRefusal) -> Int {
        var filter = filter
        filter.limit = AllocationFilter.limitMax
        var ended = 0
        for allocation in try allocations(filter).allocations {
            let order = KillOrder(.allocation(allocation.id))
            // Nil: it ended by itself meanwhile.
            ended += try kill(order)?.killed ?? 0
        }
        return ended
    }

    private func kill(account: String, banning ban: Seconds?) throws(AdminRefusal) -> Int {
        if let ban {
            let now = Clock.monotonic()
            shared.revocations.revoke(account, until: now + ban, at: now)
        }
        return try self.kill(account: account)
    }

    /// Ends what an account relays.
    func kill(account: String) throws(AdminRefusal) -> Int {
        guard let answers = crew.ask({ WorkerOrder.kill(.user(account), banning: nil, $0) })
        else { throw Self.busy }
        return answers.reduce(0) { $0 + $1.count }
    }

    /// The accounts of credentials that `issueCredential` gave out for this user, one per secret.
    func issuedAccounts(of user: String) -> [String] {
        settings.credentials.settings.secrets.map {
            IssuedCredential.id(of: user, $0, OpenSSLHash())
        }
    }

    /// What everybody holds who has allocations, by account.
    func accounts() throws(AdminRefusal) -> [String: AccountHoldings] {
        guard let answers = crew.ask({ WorkerOrder.accounts($0) }) else { throw Self.busy }
        return answers.reduce(into: [:]) { $0.merge($1) { $0 + $1 } }
    }

    var credentials: Credentials { settings.credentials }
    var revocations: RevocationList { shared.revocations }
    var allocationCount: Int { shared.quotas.allocations }

    func allocations(of account: String) -> Int { shared.quotas.usage(of: account).allocations }

    /// Whether nobody gets an allocation now.
    var isFull: Bool {
        let limit = settings.limits.allocations
        return !settings.features.accepting || limit > 0 && allocationCount >= limit
    }

    /// For how many seconds an account is shut out; nil: it is not.
    func banned(_ account: String, at now: MonotonicTime) -> UInt64? {
        shared.revocations.remaining(account, at: now)
    }

    /// How many allocations a user may have; nil: any number.
    var quota: Int? {
        let quota = settings.limits.allocationsPerUser
        return quota == 0 ? nil : quota
    }

    mutating func issueCredential(
        _ order: CredentialOrder
    ) throws(AdminRefusal) -> CredentialReply {
        let lifetime = Seconds(UInt32(clamping: order.ttlSeconds))
        guard
            let issued = issuer.issue(user: order.user, lifetime: lifetime, at: Clock.now())
        else {
            throw AdminRefusal(
                .notConfigured, "no shared secret is configured: set static-auth-secret")
        }
        return CredentialReply(
            urls: issued.uris, username: issued.username, credential: issued.password,
            realm: settings.realm, ttlSeconds: order.ttlSeconds, expiresAt: issued.expiresAt)
    }
}

extension StunCounters {
    /// The counters of all workers together.
    init(summing counters: [Counters]) {
        func sum(_ path: KeyPath<Counters, UInt64>) -> UInt64 {
            counters.reduce(0) { $0 + $1[keyPath: path] }
        }
        var denied: [String: UInt64] = [:]
        for (peerClass, count) in counters.flatMap(\.deniedPeers) {
            denied[peerClass.rawValue, default: 0] += count
        }
        self.init(
            requests: [
                "binding": sum(\.bindingRequests) + sum(\.classicBindingRequests),
                "allocate": sum(\.allocateRequests), "refresh": sum(\.refreshRequests),
                "create-permission": sum(\.createPermissionRequests),
                "channel-bind": sum(\.channelBindRequests),
                "connect": sum(\.connectRequests),
                "connection-bind": sum(\.connectionBindRequests),
            ],
            errors: [
                "400": sum(\.error400), "401": sum(\.error401), "403": sum(\.error403),
                "420": sum(\.error420), "437": sum(\.error437), "438": sum(\.error438),
                "440": sum(\.error440), "441": sum(\.error441), "442": sum(\.error442),
                "443": sum(\.error443), "446": sum(\.error446), "447": sum(\.error447),
                "486": sum(\.error486), "500": sum(\.error500), "508": sum(\.error508),
            ], deniedPeers: denied,
            peerConnections: [
                "made": sum(\.connectionsMade), "accepted": sum(\.connectionsAccepted),
                "bound": sum(\.connectionsBound), "unbound": sum(\.connectionsUnbound),
                "failed": sum(\.connectsFailed), "cut": sum(\.connectionsCut),
                "not-permitted": sum(\.connectionsNotPermitted),
                "over-limit": sum(\.connectionsOverLimit),
            ])
    }
}
