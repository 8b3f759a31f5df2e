package import Primitives
import STUN

// A reload: new settings at once for everything new, and step by step for what exists.
extension Server {
    /// How many records one `tick` judges again.
    private static var judgedPerTick: UInt32 { 512 }

    /// Replaces the settings. What they no longer allow is cut within the following ticks, which
    /// `nextDeadline` asks for at once: permissions of peers that are denied now, allocations of
    /// users that are unknown now. The limits and the ports of the shared ledgers are applied to
    /// these by the caller before, once for all workers.
    package mutating func apply(_ settings: ServerSettings, at now: Now) {
        self.now = now
        let old = self.settings.limits
        let new = settings.limits
        self.settings = settings
        // A new budget counts from zero, so the old one stays where nothing about it changed.
        if (old.unauthenticatedFloorBitsPerSecond, old.unauthenticatedFactor, old.workers)
            != (new.unauthenticatedFloorBitsPerSecond, new.unauthenticatedFactor, new.workers)
        {
            budget = Self.budget(new, &entropy)
        }
        realmBytes = Array(settings.realm.utf8)
        softwareBytes = settings.software.map { Array($0.utf8) }
        boundTables()
        serveRelayAddresses()
        let nonceKey = shared.nonceKey
        nonces = NonceIssuer(
            masterKey: nonceKey.span, lifetime: settings.lifetimes.nonce, hash: hash)
        sweep = 0
    }

    /// How many allocations one step of `closeListeners` ends at most.
    package static var closedPerStep: Int { 64 }

    /// Ends allocations of clients who came by UDP or DTLS to listeners that are closed now:
    /// nothing reaches these clients any more. Each step looks at no more than 512 records and
    /// ends no more than `closedPerStep`, so that few actions wait at once.
    ///
    /// - Parameter start: 0, then what the last step returned.
    /// - Returns: where the next step starts, once the actions of this one are carried out; nil
    ///   when all have ended.
    package mutating func closeListeners(
        _ gone: Set<ListenerID>, from start: UInt32, at now: Now
    ) -> UInt32? {
        self.now = now
        var count = 0
        var index = start
        let last = min(allocations.end, start + Self.judgedPerTick)
        while index < last, count < Self.closedPerStep {
            if allocations[index].state == .live,
                gone.contains(allocations[index].tuple.listener)
            {
                end(index, .listenerGone)
                count += 1
            }
            index += 1
        }
        return index < allocations.end ? index : nil
    }

    /// How many live allocations came by each listener.
    package var allocationsByListener: [ListenerID: Int] {
        var result: [ListenerID: Int] = [:]
        for index in 0..<allocations.end where allocations[index].state == .live {
            result[allocations[index].tuple.listener, default: 0] += 1
        }
        return result
    }

    mutating func judgeAgain() {
        nextRevocationCheck = now.monotonic + Seconds(1)
        let version = shared.revocations.version
        if version != revocationVersion {
            revocationVersion = version
            sweep = 0
        }
        guard let start = sweep else { return }
        let end = min(allocations.end, start + Self.judgedPerTick)
        for index in start..<max(start, end) where allocations[index].state == .live {
            judgeAgain(index)
        }
        sweep = end >= allocations.end ? nil : end
    }

    private mutating func judgeAgain(_ index: UInt32) {
        guard isStillWelcome(index) else {
            counters.revoked += 1
            end(index, .revoked)
            return
        }
        let policy = settings.peerPolicy
        let channelsCut = removeChannels(index) {
            !policy.judge(channel: CanonicalPeer(canonicalising: $0.peer.ip), port: $0.peer.port)
                .isAllowed
        }
        let permissionsCut = removePermissions(index) {
            !policy.judge(permission: CanonicalPeer(canonicalising: $0.peer)).isAllowed
        }
        let connectionsCut = removeConnections(index, answering: true) {
            !policy.judge(channel: CanonicalPeer(canonicalising: $0.peer.ip), port: $0.peer.port)
                .isAllowed
        }
        tellOwn(index)
        counters.permissionsCut += UInt64(permissionsCut)
        counters.connectionsCut += UInt64(connectionsCut)
        if channelsCut + permissionsCut + connectionsCut > 0 { setTimer(index) }
    }

    /// An address that became one of this server's, or is none any more, is reached in another way
    /// from now on: towards an own one nothing may pass but to live relay ports.
    private mutating func tellOwn(_ index: UInt32) {
        guard allocations[index].transport == .udp else { return }
        let id = AllocationID(index: index)
        var link = allocations[index].firstPermission
        while link != noIndex {
            let permission = permissions[link]
            let isOwn = isOwn(permission.peer)
            if isOwn != permission.isOwn {
                permissions[link].isOwn = isOwn
                actions.push(
                    .installPermission(
                        id, peer: permission.peer, expires: permission.expires, own: isOwn))
            }
            link = permission.next
        }
        link = allocations[index].firstChannel
        while link != noIndex {
            let channel = channels[link]
            let isOwn = isOwn(channel.peer.ip)
            if isOwn != channel.isOwn {
                channels[link].isOwn = isOwn
                actions.push(
                    .installChannel(
                        id, channel: channel.number, peer: channel.peer, expires: channel.expires,
                        own: isOwn))
            }
            link = channel.next
        }
    }
}
