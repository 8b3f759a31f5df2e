import JSON

// As clients of a per-call socket know it (calls.md 2.8): the type of old, and the fields as Go
// writes them beside the canonical ones.
extension ServerMessage {
    var oldType: String {
        switch self {
        case .description(_, _, _, let description): description.kind.rawValue
        case .iceCandidates: "ice"
        default: type
        }
    }

    func writeOldNames(_ writer: inout FrameWriter) {
        switch self {
        case .join(_, let peer, let isReconnect, let isPeerOnline):
            writer.id("PeerID", peer)
            writer.bool("IsReconnect", isReconnect)
            writer.bool("PeerOnline", isPeerOnline)
        case .description(_, _, _, let description):
            writer.text("type", description.kind.rawValue)
            writer.text("sdp", description.sdp)
        case .leave(_, let peer): writer.id("PeerID", peer)
        case .peerDisconnected(let absence): writer.id("PeerID", absence.peer)
        case .peerReconnected(let back): writer.id("PeerID", back.peer)
        default: break
        }
    }

    /// What these clients take one of at a time, one by one.
    var oldParts: [ServerMessage] {
        guard case .iceCandidates(let call, let generation, let from, let candidates) = self else {
            return [self]
        }
        return candidates.map {
            .iceCandidates(call, generation: generation, from: from, [$0])
        }
    }
}
