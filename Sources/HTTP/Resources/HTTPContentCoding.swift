/// A coding in which content can be stored beside the plain one (RFC 9110 §8.4.1).
enum HTTPContentCoding: String, Hashable, Sendable {
    case gzip

    /// Whether Accept-Encoding names it, or everything, with a weight above zero (RFC 9110
    /// §12.5.3). Without the field a client may not understand it.
    func isAccepted(by request: HTTPRequest) -> Bool {
        var verdict: Bool?
        for value in request.fields.values("accept-encoding") {
            for part in value.split(separator: ",") {
                let pieces = part.split(separator: ";").map { $0.trimmingBlanks().lowercased() }
                guard let name = pieces.first else { continue }
                // What is named outranks `*`, wherever it stands.
                if name == rawValue || name == "x-" + rawValue {
                    return !Self.isZero(pieces.dropFirst())
                }
                if name == "*" { verdict = !Self.isZero(pieces.dropFirst()) }
            }
        }
        return verdict ?? false
    }

    /// `q=0`, `q=0.0` up to three digits.
    private static func isZero(_ parameters: ArraySlice<String>) -> Bool {
        parameters.contains { $0.hasPrefix("q=0") && $0.dropFirst(2).allSatisfy("0.".contains) }
    }
}
