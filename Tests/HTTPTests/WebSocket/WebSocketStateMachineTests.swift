import HTTP
import Primitives
import Testing

@Suite struct WebSocketStateMachineTests {
    private func unmasked(_ frame: Frame) -> Frame {
        var frame = frame
        frame.isMasked = false
        return frame
    }

    @Test func answersEachPingWithItsBytesInOrder() {
        let talk = Talk()
        let payloads: [[UInt8]] = [[], [1], Array(repeating: 0xFE, count: 125)]
        for payload in payloads { talk.receive(Frame(9, payload), step: 1) }
        #expect(talk.frames == payloads.map { Frame(10, $0, isMasked: false) })
        talk.receive(Frame(10, [1, 2]))
        #expect(talk.frames?.count == 3)
    }

    @Test func answersOfOneReadLeaveInOneWrite() {
        var machine = WebSocketStateMachine(at: MonotonicTime(nanoseconds: 0))
        let input = Array(repeating: Frame.text("a").bytes, count: 9_000).flatMap { $0 }
        machine.receive(input.span, at: MonotonicTime(nanoseconds: 0))
        var messages = 0
        var writes = 0
        while let action = machine.nextAction() {
            if case .message(let message) = action {
                messages += 1
                let isSent = machine.send(message.kind, message.bytes.span)
                #expect(isSent)
            } else {
                writes += 1
            }
        }
        #expect(messages == 9_000)
        #expect(writes == 1)
    }

    @Test func answersAMessageBeforeItConfirmsTheCloseBehindIt() {
        let talk = Talk()
        talk.answer = { $0 }
        talk.receive(.text("a"), Frame(9), .close(1000), .text("b"))
        #expect(talk.messages.map(\.text) == ["a"])
        #expect(
            talk.frames == [
                unmasked(.text("a")), Frame(10, isMasked: false), unmasked(.close(1000)),
            ])
        #expect(talk.end == .closedByPeer(.normal, reason: ""))
        #expect(talk.transport == [.endOutput])
        #expect(talk.send("late") == false)
        #expect(talk.isOpen == false)
    }

    @Test func answersAMessageBeforeTheFailureBehindIt() {
        let talk = Talk()
        talk.answer = { $0 }
        talk.receive(.text("a"), Frame(3))
        #expect(talk.frames?.first == unmasked(.text("a")))
        #expect(talk.frames?.count == 2)
        #expect(talk.failure == .reservedOpcode)
    }

    @Test func confirmsACloseWithoutACode() {
        let talk = Talk()
        talk.receive(Frame(8))
        #expect(talk.end == .closedByPeer(nil, reason: ""))
        #expect(talk.frames == [Frame(8, isMasked: false)])
    }

    @Test func lingersUntilThePeerEnds() {
        let talk = Talk()
        talk.receive(.close(1001))
        #expect(talk.transport == [.endOutput])
        #expect(talk.wantsInput)
        talk.receive(Array(repeating: 0xFF, count: 1_000))
        #expect(talk.transport == [.endOutput])
        talk.receiveEnd()
        #expect(talk.transport == [.endOutput, .close])
        #expect(talk.nextDeadline == .never)
    }

    @Test func lingersNoLongerThanItsBounds() {
        let slow = Talk()
        slow.receive(.close(1000))
        slow.wait(1)
        #expect(slow.transport == [.endOutput])
        slow.wait(1)
        #expect(slow.transport == [.endOutput, .close])
        var limits = WebSocketLimits()
        limits.lingerBytesMax = 10
        let loud = Talk(limits: limits)
        loud.receive(.close(1000))
        loud.receive([1, 2, 3, 4, 5])
        #expect(loud.transport == [.endOutput])
        loud.receive([1, 2, 3, 4, 5])
        #expect(loud.transport == [.endOutput, .close])
    }

    @Test func waitsForTheCloseFrameToLeave() {
        let talk = Talk()
        talk.isTaken = false
        talk.receive(.close(1000))
        #expect(talk.end == .closedByPeer(.normal, reason: ""))
        #expect(talk.transport == [])
        talk.perform { $0.reportUnsent(0, at: talk.now) }
        #expect(talk.transport == [.endOutput])
        let stuck = Talk()
        stuck.isTaken = false
        stuck.receive(.close(1000))
        stuck.wait(4)
        #expect(stuck.transport == [])
        stuck.wait(1)
        #expect(stuck.transport == [.close])
    }

    @Test func closesFromHere() {
        let talk = Talk()
        talk.perform { $0.close(.goingAway, reason: "bye", at: talk.now) }
        #expect(talk.frames == [unmasked(.close(1001, "bye"))])
        #expect(talk.isOpen == false)
        // What was under way is read and dropped; only the confirmation counts.
        talk.receive(.text("late"), Frame(9), .close(1001))
        #expect(talk.messages == [])
        #expect(talk.end == .closedHere)
        #expect(talk.frames?.count == 1)
        #expect(talk.transport == [.endOutput])
        talk.perform { $0.close(.normal, at: talk.now) }
        #expect(talk.frames?.count == 1)
    }

    @Test func closesWithoutAConfirmationAfterAWhile() {
        let talk = Talk()
        talk.perform { $0.close(.normal, at: talk.now) }
        talk.wait(4)
        #expect(talk.end == nil)
        talk.wait(1)
        #expect(talk.end == .closeTimeout)
        #expect(talk.transport == [.close])
    }

    @Test func aFailureWhileClosingSendsNoSecondClose() {
        let talk = Talk()
        talk.perform { $0.close(.normal, at: talk.now) }
        talk.receive(Frame(3))
        #expect(talk.failure == .reservedOpcode)
        #expect(talk.frames?.count == 1)
    }

    @Test func cutsALongReasonBetweenCharacters() throws {
        let talk = Talk()
        let long = String(repeating: "\u{e4}", count: 100)
        talk.perform { $0.close(.normal, reason: long, at: talk.now) }
        let payload = try #require(talk.frames?.first).payload
        #expect(payload.count == 124)
        #expect(String(validating: payload.dropFirst(2), as: UTF8.self)?.count == 61)
    }

    @Test func aConnectionThatEndsWithoutACloseIsLost() {
        let talk = Talk()
        talk.answer = { $0 }
        talk.perform { machine in
            machine.receive(Frame.text("a").bytes.span, at: talk.now)
            machine.receiveEnd(at: talk.now)
        }
        #expect(talk.messages.map(\.text) == ["a"])
        #expect(talk.end == .lost)
        #expect(talk.transport == [.close])
    }

    @Test func asksASilentPeerAndEndsADeadOne() {
        let talk = Talk()
        talk.wait(29)
        #expect(talk.output == [])
        talk.wait(1)
        #expect(talk.frames == [Frame(9, isMasked: false)])
        // Any byte is a sign of life, also one of a frame that is not whole.
        talk.wait(14)
        talk.receive(Array(Frame.text("a").bytes.prefix(1)))
        talk.wait(29)
        #expect(talk.frames?.count == 1)
        talk.wait(1)
        #expect(talk.frames?.count == 2)
        talk.wait(14)
        #expect(talk.end == nil)
        talk.wait(1)
        #expect(talk.end == .pongTimeout)
        #expect(talk.transport == [.close])
    }

    @Test func readsNothingFromAPeerThatDoesNotRead() {
        var limits = WebSocketLimits()
        limits.pauseBytes = 100
        limits.outputBytesMax = 200
        let talk = Talk(limits: limits)
        talk.isTaken = false
        #expect(talk.send(String(repeating: "a", count: 98)))
        #expect(talk.unsentBytes == 100)
        #expect(talk.wantsInput)
        #expect(talk.send(String(repeating: "a", count: 99)))
        #expect(talk.wantsInput == false)
        // The bound is passed by one message and no more.
        #expect(talk.unsentBytes == 201)
        #expect(talk.send("") == false)
        #expect(talk.ping([]) == false)
        talk.perform { _ in }
        #expect(talk.unsentBytes == 201)
        talk.perform { $0.reportUnsent(0, at: talk.now) }
        #expect(talk.unsentBytes == 0)
        #expect(talk.wantsInput)
        #expect(talk.frames?.count == 2)
    }

    /// One whose output never runs dry is not slow for that, and not dead while it takes some.
    @Test func countsWhatHasLeftBeforeTheRest() {
        var limits = WebSocketLimits()
        limits.pauseBytes = 100
        limits.outputBytesMax = 200
        let talk = Talk(limits: limits)
        talk.isTaken = false
        for _ in 0..<10 {
            #expect(talk.send(String(repeating: "a", count: 148)))
            talk.perform { _ in }
            #expect(talk.wantsInput == false)
            talk.wait(29)
            talk.perform { $0.reportUnsent(120, at: talk.now) }
            #expect(talk.unsentBytes == 120)
        }
        #expect(talk.end == nil)
        #expect(talk.frames?.allSatisfy { $0.opcode == 1 } == true)
        // Sealed by TLS it may seem more than was given.
        talk.perform { $0.reportUnsent(500, at: talk.now) }
        #expect(talk.unsentBytes == 120)
        talk.wait(45)
        #expect(talk.end == .pongTimeout)
    }

    @Test func sendsNoPingThatIsTooLong() {
        let talk = Talk()
        #expect(talk.ping(Array(repeating: 0, count: 126)) == false)
        #expect(talk.ping(Array(repeating: 0, count: 125)))
    }

    @Test func aClientAndAServerUnderstandEachOther() {
        let now = MonotonicTime(nanoseconds: 0)
        var client = WebSocketStateMachine(role: .client(Keys()), at: now)
        var server = WebSocketStateMachine(at: now)
        client.send(text: "gr\u{fc}n")
        client.ping([1, 2, 3].span)
        let payload = (0..<65_536).map { UInt8(truncatingIfNeeded: $0) }
        server.send(.binary, payload.span)
        let toServer = actions(&client)
        let toClient = actions(&server)
        deliver(toServer, to: &server)
        deliver(toClient, to: &client)
        #expect(actions(&server).first == .message(WebSocketMessage(text: "gr\u{fc}n")))
        #expect(
            actions(&client) == [.message(WebSocketMessage(.binary, payload))]
        )
        client.close(.normal, at: now)
        deliver(actions(&client), to: &server)
        let answer = actions(&server)
        #expect(answer.contains(.ended(.closedByPeer(.normal, reason: ""))))
        deliver(answer, to: &client)
        #expect(actions(&client).first == .ended(.closedHere))
    }

    @Test func aClientRefusesMaskedFrames() {
        let now = MonotonicTime(nanoseconds: 0)
        var client = WebSocketStateMachine(role: .client(Keys()), at: now)
        client.receive(Frame.text("a").bytes.span, at: now)
        #expect(actions(&client).contains(.ended(.failed(.masked))))
    }

    private func actions(
        _ machine: inout WebSocketStateMachine
    ) -> [WebSocketStateMachine.Action] {
        var actions: [WebSocketStateMachine.Action] = []
        while let action = machine.nextAction() {
            actions.append(action)
            if case .send = action { machine.reportUnsent(0, at: MonotonicTime(nanoseconds: 0)) }
        }
        return actions
    }

    private func deliver(
        _ actions: [WebSocketStateMachine.Action], to machine: inout WebSocketStateMachine
    ) {
        for case .send(let bytes) in actions {
            machine.receive(bytes.span, at: MonotonicTime(nanoseconds: 0))
        }
    }
}

/// Masking keys that differ from each other.
private struct Keys: RandomNumberGenerator, Sendable {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 16
    }
}
