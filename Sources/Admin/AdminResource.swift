import HTTP

/// What the paths of the admin socket name.
enum AdminResource: Hashable, Sendable {
    case status
    case allocations
    case allocation(AllocationName)
    case credentials
    case calls
    case call(String)
    case sessions
    case session(String)
    case users
    case reports
    case report(UInt64)
    case explanation
    case revocation
    case refusals
    case metrics
    case logLevel
    case drain
    case reload
    case configuration

    init(_ segments: [String]) throws(AdminRefusal) {
        guard segments.first == "v1" else { throw Self.unknown }
        switch segments.count {
        case 2: self = try Self.collection(segments[1])
        case 3: self = try Self.item(segments[2], of: segments[1])
        default: throw Self.unknown
        }
    }

    private static func collection(_ name: String) throws(AdminRefusal) -> Self {
        switch name {
        case "status": .status
        case "allocations": .allocations
        case "credentials": .credentials
        case "calls": .calls
        case "sessions": .sessions
        case "users": .users
        case "reports": .reports
        case "refusals": .refusals
        case "metrics": .metrics
        case "log-level": .logLevel
        case "drain": .drain
        case "reload": .reload
        case "configuration": .configuration
        default: throw unknown
        }
    }

    private static func item(_ name: String, of collection: String) throws(AdminRefusal) -> Self {
        switch collection {
        case "allocations":
            guard let id = AllocationName(name) else {
                throw AdminRefusal(
                    .noSuchAllocation, "not an allocation id; ids look like 0-17-3")
            }
            return .allocation(id)
        case "calls": return .call(name)
        case "sessions": return .session(name)
        case "reports":
            guard let id = UInt64(name) else {
                throw AdminRefusal(.noSuchReport, "not a report id; they are numbers")
            }
            return .report(id)
        case "credentials" where name == "explain": return .explanation
        case "credentials" where name == "revoke": return .revocation
        default: throw unknown
        }
    }

    private static let unknown = AdminRefusal(.notFound, "no such path; this is schema v1")

    /// HEAD is answered wherever GET is (RFC 9110 §9.1).
    var methods: [HTTPMethod] {
        switch self {
        case .status, .users, .calls, .reports, .report, .refusals, .metrics, .configuration:
            [.get, .head]
        case .allocations, .allocation, .call, .sessions: [.get, .head, .delete]
        case .session: [.delete]
        case .credentials, .explanation, .revocation, .reload: [.post]
        case .logLevel: [.get, .head, .put]
        case .drain: [.post, .delete]
        }
    }
}
