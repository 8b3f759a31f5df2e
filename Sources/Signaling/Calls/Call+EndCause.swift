// Why a call ended, for the operator: who did it, or which bound it reached.
extension Call {
    /// In words; `detail` is the protocol's own word where there is one beside the reason.
    func cause(of reason: EndReason, by peer: PeerID?, _ detail: String?) -> String {
        let who = peer.flatMap { peer in seats.first { $0.peer == peer }?.user.text } ?? "a side"
        return switch reason {
        case .hangup: "\(who) hung up"
        case .cancelled: "\(who) gave up before anybody answered"
        case .rejected: "the callee refused: \(detail ?? "declined")"
        case .iceFailed: "\(who) says that no way for media was found"
        case .iceTimeout: "\(who) says that media did not connect in time"
        case .mediaFailed: "\(who) says that media broke"
        case .error: "\(who) says that something went wrong there"
        case .noAnswer, .calleeOffline, .connectFailed, .reconnectTimeout, .expired, .maxDuration:
            bound(of: reason)
        case .deleted: "the operator or the application ended it"
        case .kicked: "the operator ended a session that sat in it"
        case .takenOver: "another session took the seat"
        }
    }

    /// What a timer decided.
    private func bound(of reason: EndReason) -> String {
        func seconds(_ milliseconds: Int64) -> String { "\(milliseconds / 1000) s" }
        return switch reason {
        case .noAnswer: "nobody answered while it rang"
        case .calleeOffline:
            "no device of the callee was there for \(seconds(settings.calleeOfflineMilliseconds))"
        case .connectFailed:
            "the sides were not connected \(seconds(settings.connectMilliseconds)) after the answer"
        case .reconnectTimeout: "\(absent) did not come back in time"
        case .expired: "nobody came within \(seconds(settings.waitingMilliseconds))"
        default: "it lasted as long as it may"
        }
    }

    /// Who has no socket now.
    private var absent: String {
        let names = seats.filter { !$0.isOnline }.map(\.user.text)
        return names.isEmpty ? "somebody who was away" : names.joined(separator: " and ")
    }
}
