package import JSON
package import Primitives

extension Call {
    /// What a direct call begins with. Who may call whom, glare, duplicates and busy have been
    /// judged before (ruling 10).
    package struct RingStart: Sendable {
        /// What a callee who sits in another call hears.
        package enum Busy: Hashable, Sendable {
            case no
            /// Nothing but a missed call.
            case refuse
            /// The offer, marked as one of two.
            case ring
        }

        package var id: CallID
        package var chat: String?
        package var metadata: JSONObject?
        package var caller: CallParty
        package var callerPeer: PeerID
        package var callee: UserID
        package var media: Media
        package var offer: SessionDescription
        package var ringMilliseconds: Int64?
        /// The callee's sessions, those without a socket too.
        package var devices: [(party: CallParty, isReachable: Bool)]
        package var hasPush: Bool
        package var busy: Busy

        package init(
            id: CallID, chat: String? = nil, metadata: JSONObject? = nil, caller: CallParty,
            callerPeer: PeerID, callee: UserID, media: Media, offer: SessionDescription,
            ringMilliseconds: Int64? = nil, devices: [(party: CallParty, isReachable: Bool)],
            hasPush: Bool = false, busy: Busy = .no
        ) {
            self.id = id
            self.chat = chat
            self.metadata = metadata
            self.caller = caller
            self.callerPeer = callerPeer
            self.callee = callee
            self.media = media
            self.offer = offer
            self.ringMilliseconds = ringMilliseconds
            self.devices = devices
            self.hasPush = hasPush
            self.busy = busy
        }
    }

    /// A room without anybody; `reserve` or `join` follow.
    package static func open(
        _ id: CallID, owner: UserID? = nil, chat: String? = nil, metadata: JSONObject? = nil,
        waitingMilliseconds: Int64? = nil, settings: CallSettings, at now: Now
    ) -> (call: Call, effects: [CallEffect]) {
        var call = Call(
            id, kind: .room, state: .waiting, chat: chat, metadata: metadata, owner: owner,
            settings: settings, at: now)
        // Nobody asks for longer than the operator allows, or for less than a minute.
        if let asked = waitingMilliseconds {
            call.waitingMilliseconds = min(max(asked, 60_000), settings.waitingMilliseconds)
        }
        call.startWaiting(now)
        call.log(.created)
        call.announce(.created, at: now)
        return (call, call.takeOutput())
    }

    /// A direct call that rings at once. The first effect is the caller's reply.
    package static func ring(
        _ start: RingStart, settings: CallSettings, at now: Now
    ) -> (call: Call, effects: [CallEffect]) {
        var call = Call(
            start.id, kind: .direct, state: .ringing, chat: start.chat, metadata: start.metadata,
            settings: settings, at: now)
        call.callee = start.callee
        call.wantedMedia = start.media
        call.isBusy = start.busy == .ring
        call.push = start.hasPush ? .possible : .none
        var seat = Seat(
            peer: start.callerPeer, user: start.caller.user, name: start.caller.name, role: .host,
            isAuthenticated: start.caller.isAuthenticated)
        seat.sit(start.caller)
        seat.media = start.media
        seat.described = .init(generation: 1, ufrags: start.offer.ufrags)
        call.seats = [seat]
        call.generation = 1
        call.statistics.offers = 1
        call.pending = PendingOffer(
            peer: seat.peer, session: start.caller.session, description: start.offer)
        call.startRinging(start, now)
        return (call, call.takeOutput())
    }

    /// The call of a valid seat token that this process has never heard of, after a start without
    /// saved state (ruling 4). The bearer of the token joins next; the other has the window to
    /// come, too.
    package static func recover(
        _ id: CallID, kind: CallKind, chat: String?, settings: CallSettings, at now: Now
    ) -> (call: Call, effects: [CallEffect]) {
        var call = Call(
            id, kind: kind, state: .reconnecting, chat: chat, metadata: nil, isRecovered: true,
            settings: settings, at: now)
        // Their media may be running: nothing may end it because it is not connected here.
        call.resumeState = .active
        call.answeredAt = call.createdAt
        call.activeAt = call.createdAt
        call.log(.recovered)
        return (call, call.takeOutput())
    }
}
