import Signaling

/// Who is counted and remembered: a user whatever token they show, or a server by its key's name.
enum CallerName: Hashable, Sendable {
    case user(UserID)
    case server(String)

    init(_ caller: APICaller) {
        switch caller {
        case .user(let claims): self = .user(claims.user)
        case .server(let name): self = .server(name)
        }
    }

    /// For the operator.
    var text: String {
        switch self {
        case .user(let user): user.text
        case .server(let name): name
        }
    }
}
