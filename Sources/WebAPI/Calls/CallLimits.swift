import Primitives

/// How often one caller makes calls, joins them and has tokens made.
struct CallLimits: Sendable {
    enum Kind: Sendable {
        case create, join, mint
    }

    private struct Owner: Hashable, Sendable {
        let caller: CallerName
        let kind: Kind
    }

    /// 5 calls in 10 s as with `call:initiate` (calls.md 2.4), and as many joins: a unit a second
    /// flows in, each costs two.
    private static let userRate = TokenRate(perSecond: 1, burst: 10)
    private static let userCost: UInt64 = 2
    /// A server speaks for many users: 20 a second, 200 at once.
    private static let serverRate = TokenRate(perSecond: 20, burst: 200)

    private var users = BucketTable<Owner>(rate: userRate)
    private var servers = BucketTable<Owner>(rate: serverRate)

    /// Nil when the caller may do it once more, which is then counted; else the seconds to wait.
    mutating func take(_ kind: Kind, by caller: CallerName, at now: MonotonicTime) -> Int? {
        switch caller {
        case .user:
            users.take(Self.userCost, Owner(caller: caller, kind: kind), at: now)
                ? nil : Int(Self.userCost)
        case .server: servers.take(1, Owner(caller: caller, kind: kind), at: now) ? nil : 1
        }
    }
}
