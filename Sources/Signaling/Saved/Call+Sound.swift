// What was saved is judged before it is taken: a file that was changed, or written by a version
// with a fault, must not bring down what reads it, nor stay for ever.

/// Far above what a year of counting reaches, far below what arithmetic cannot hold.
private let countMax: Int64 = 1 << 48

extension Call {
    /// Whether every later step is within its bounds.
    var isSound: Bool {
        // First, since the rest counts with it.
        settings.isSound && statistics.isSound && seats.count <= 2
            && Set(seats.map(\.peer)).count == seats.count
            && seats.allSatisfy(\.isSound)
            && ringers.count <= settings.devicesMax
            && ringers.allSatisfy { $0.held.count <= settings.candidatesMax }
            && formers.count <= settings.devicesMax * 2
            && Int64(generation) <= WireLimits.generationMax && version <= UInt64(countMax)
            && (0...countMax).contains(earlierMilliseconds)
            && (0...countMax).contains(waitingMilliseconds)
    }
}

extension Seat {
    /// Two sets of candidates at most: those that came in time, and those that were shipped.
    fileprivate var isSound: Bool {
        (0...Int(countMax)).contains(reconnectCount) && takeovers.count <= 1024
            && held.count <= CallSettings.candidatesCeiling
            && kept.count <= 2 * CallSettings.candidatesCeiling
            && (!isOnline || session != nil)
    }
}

extension CallSettings {
    fileprivate static let candidatesCeiling = 1024

    fileprivate var isSound: Bool {
        let times = [
            ringMilliseconds, ringBoundsMilliseconds.lowerBound, ringBoundsMilliseconds.upperBound,
            alertMilliseconds, calleeOfflineMilliseconds, connectMilliseconds,
            absentCallerMilliseconds, windowMilliseconds, waitingMilliseconds,
            reservationMilliseconds, tombMilliseconds, restartMilliseconds,
            callMillisecondsMax ?? 0,
        ]
        return times.allSatisfy { (0...countMax).contains($0) }
            && (0...1024).contains(takeoversPerMinute)
            && (1...Self.candidatesCeiling).contains(candidatesMax)
            && (1...1024).contains(devicesMax)
    }
}

extension CallStatistics {
    fileprivate var isSound: Bool {
        let counts = [
            offers, restarts, glares, candidatesPassed, candidatesDropped, reconnects, takeovers,
        ]
        return counts.allSatisfy { (0...Int(countMax)).contains($0) }
    }
}

extension SavedState {
    /// Whether every later step is within its bounds, and every name stands for one thing.
    var isSound: Bool {
        Set(calls.map(\.id)).count == calls.count && calls.allSatisfy(\.isSound)
            && Set(sessions.map(\.id)).count == sessions.count
            && sessions.allSatisfy(\.isSound)
    }
}

extension SavedState.SavedSession {
    fileprivate var isSound: Bool {
        lastSequence <= UInt64(countMax) && (0...countMax).contains(lastID)
            && watched.count <= WireLimits.watchedUsersMax
            && (claims.expiresAt <= UInt64(countMax) || claims.expiresAt == .max)
    }
}
