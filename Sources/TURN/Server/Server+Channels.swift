import Primitives
import STUN

// Channels (RFC 8656 §12).
extension Server {
    /// ChannelBind (RFC 8656 §12.2).
    mutating func receiveChannelBind(_ request: borrowing StunMessage, from tuple: FiveTuple) {
        counters.channelBindRequests += 1
        guard
            let (index, proven) = proveOwner(
                of: request, from: tuple)
        else { return }
        // RFC 6062 §3: a TCP allocation has no channels.
        guard allocations[index].transport == .udp else {
            refuse(request, .badRequest, .udpAllocationOnly, from: tuple, proven: proven)
            return
        }
        guard let (number, peer) = readBinding(request) else {
            refuse(request, .badRequest, causeOfBadBinding(request), from: tuple, proven: proven)
            return
        }
        let bound = findChannel(index) { $0.number == number || $0.peer == peer }
        if let bound, channels[bound].number != number || channels[bound].peer != peer {
            // RFC 8656 §12.2: number and peer belong together, one to one.
            let cause = RefusalCause.channelConflict(
                number: channels[bound].number, channels[bound].peer)
            refuse(request, .badRequest, cause, from: tuple, proven: proven)
            return
        }
        guard judge(peer, index, request, from: tuple, proven, port: peer.port) != nil else {
            return
        }
        guard
            bound != nil
                || Int(allocations[index].channelCount) < settings.limits.channelsPerAllocation
                    && channels.hasRoom
        else {
            refuse(
                request, .insufficientCapacity,
                .channelLimit(settings.limits.channelsPerAllocation), from: tuple, proven: proven)
            return
        }
        let added = findPermission(index, peer.ip) == nil ? 1 : 0
        guard admitPermissions(added, index, request, from: tuple, proven) else { return }
        // RFC 8656 §12.2: a binding also installs or refreshes the permission.
        permit(peer.ip, index)
        bind(number, to: peer, index, refreshing: bound)
        send(Reply(to: request, proven), to: tuple)
    }

    /// Number and peer of a request; nil where one is missing, malformed or out of range.
    private func readBinding(
        _ request: borrowing StunMessage
    ) -> (number: UInt16, peer: TransportAddress)? {
        guard let number = (try? request.channelNumber()) ?? nil,
            isChannel(number),
            let peer = (try? request.xorAddress(.xorPeerAddress)) ?? nil
        else { return nil }
        return (number, peer)
    }

    /// A number of RFC 5766's range is worth its own words: the operator can allow it.
    private func causeOfBadBinding(_ request: borrowing StunMessage) -> RefusalCause {
        guard let number = (try? request.channelNumber()) ?? nil,
            (0x5000...0x7fff).contains(number), !isChannel(number)
        else { return .malformed("channel or peer") }
        return .channelAbove4FFF(number)
    }

    /// RFC 8656 §12 ends the numbers at 0x4FFF; RFC 5766 §11 had them end at 0x7FFF.
    private func isChannel(_ number: UInt16) -> Bool {
        ChannelDataHeader.isChannel(number)
            || settings.features.highChannels && (0x4000...0x7fff).contains(number)
    }

    private mutating func bind(
        _ number: UInt16, to peer: TransportAddress, _ index: UInt32, refreshing bound: UInt32?
    ) {
        let expires = now.monotonic + settings.lifetimes.channel
        let isOwn = isOwn(peer.ip)
        if let bound {
            channels[bound].expires = expires
            channels[bound].isOwn = isOwn
        } else {
            let channel = Channel(
                peer: peer, number: number, expires: expires,
                next: allocations[index].firstChannel, isOwn: isOwn)
            guard let link = channels.insert(channel) else { return }
            allocations[index].firstChannel = link
            allocations[index].channelCount += 1
            counters.channelsBound += 1
            wake(index, by: expires)
        }
        actions.push(
            .installChannel(
                AllocationID(index: index), channel: number, peer: peer, expires: expires,
                own: isOwn))
    }

    private func findChannel(_ index: UInt32, where matches: (Channel) -> Bool) -> UInt32? {
        var link = allocations[index].firstChannel
        while link != noIndex {
            if matches(channels[link]) { return link }
            link = channels[link].next
        }
        return nil
    }

    mutating func expireChannels(_ index: UInt32) {
        let time = now.monotonic
        counters.channelsExpired += UInt64(removeChannels(index) { $0.expires <= time })
    }

    /// Removes the channels that match; returns how many.
    @discardableResult
    mutating func removeChannels(_ index: UInt32, where matches: (Channel) -> Bool) -> Int {
        var removed = 0
        var previous = noIndex
        var link = allocations[index].firstChannel
        while link != noIndex {
            let next = channels[link].next
            if matches(channels[link]) {
                actions.push(
                    .removeChannel(AllocationID(index: index), channel: channels[link].number))
                unlinkChannel(index, after: previous, link)
                removed += 1
            } else {
                previous = link
            }
            link = next
        }
        return removed
    }

    mutating func unlinkChannel(_ index: UInt32, after previous: UInt32, _ link: UInt32) {
        let next = channels[link].next
        if previous == noIndex {
            allocations[index].firstChannel = next
        } else {
            channels[previous].next = next
        }
        channels.remove(link)
        allocations[index].channelCount -= 1
    }
}
