/// Why no sender could be made, in words for the person who wrote the settings.
enum HookFailure: Error, Hashable, CustomStringConvertible {
    /// Not `http://` or `https://` with a host; `role` says whose address. The address itself is
    /// not repeated: it may hold a password.
    case urlUnusable(role: String)
    case authoritiesUnreadable(file: String, reason: String)
    case system(String)

    var description: String {
        switch self {
        case .urlUnusable(let role):
            "the address of the \(role) is not http:// or https:// with a host and a path"
        case .authoritiesUnreadable(let file, let reason):
            "the certificates in \(file) cannot be used: \(reason)"
        case .system(let text): text
        }
    }
}
