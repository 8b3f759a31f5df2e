import JSON
import Signaling

/// Frames of callers: what is read keeps the bounds of the wire; what is not is refused in words
/// that quote nothing of it.
final class ClientFrameSubject: FuzzSubject {
    private let largest: Int64 = 1 << 53 - 1
    private let small = WireLimits(frameBytesMax: 128, depthMax: 3)

    func run(_ input: Span<UInt8>) {
        check(input, WireLimits())
        check(input, small)
    }

    private func check(_ input: Span<UInt8>, _ limits: WireLimits) {
        do throws(FrameDefect) {
            let frame = try ClientFrame.read(input, limits: limits)
            precondition(input.count <= limits.frameBytesMax, "a frame too large")
            precondition((frame.id != nil) == frame.message.isRequest, "an answer to nobody")
            checkNumber(frame.id)
            precondition(frame.ack ?? 0 <= UInt64(largest), "a number JavaScript does not have")
            checkMessage(frame.message)
        } catch {
            checkNumber(error.id)
            precondition(error.message.utf8.count <= 200, "a long story")
            precondition(
                error.message.utf8.allSatisfy { (0x20..<0x7f).contains($0) }, "not our words")
            var answer: [UInt8] = []
            ServerReply.error(id: error.id, ErrorReply(error.code, error.message))
                .write(into: &answer)
            precondition((try? JSONValue.parse(answer.span)) != nil, "a broken answer")
        }
    }

    private func checkNumber(_ id: Int64?) {
        guard let id else { return }
        precondition((1...largest).contains(id), "an id out of range")
    }

    private func checkMessage(_ message: ClientMessage) {
        if let call = message.call {
            precondition((1...64).contains(call.text.utf8.count), "no name of a call")
            precondition(
                call.text.utf8.allSatisfy { (0x21..<0x7f).contains($0) }, "a name for no log")
        }
        switch message {
        case .hello(let hello):
            precondition((1...128).contains(hello.device.text.utf8.count), "no device")
            precondition(hello.capabilities.count <= 32, "too many capabilities")
        case .initiate(let initiate): check(initiate.offer)
        case .answer(_, let answer):
            precondition(answer.kind == .answer, "an answer that is none")
            check(answer)
        case .description(_, let generation, let description):
            precondition(generation ?? 1 >= 1, "generations begin with 1")
            check(description)
        case .iceCandidates(_, _, let candidates):
            precondition((1...65).contains(candidates.count), "none, or too many candidates")
            for candidate in candidates {
                precondition(Candidate(candidate.json) == candidate, "not as it was sent")
                precondition(candidate.ufrag?.utf8.count ?? 0 <= 256, "a long fragment")
            }
        case .presenceWatch(let users): precondition(users.count <= 256, "too many watched")
        default: break
        }
    }

    private func check(_ description: SessionDescription) {
        precondition((1...49_152).contains(description.sdp.utf8.count), "no SDP, or too much")
        precondition(description.ufrags.count <= 16, "too many fragments")
        precondition(
            description.ufrags.allSatisfy { description.sdp.contains($0) }, "made up")
    }
}
