/// How the length of a body is known (RFC 9112 §6.3).
enum HTTPBodyFraming: Hashable, Sendable {
    /// Exactly so many bytes; 0 when the head named none.
    case length(Int)
    /// Until the last chunk (RFC 9112 §7.1).
    case chunked

    /// What the fields of a request say; more than one way to read them is a refusal.
    init(of request: HTTPRequest) throws(HTTPRefusal) {
        let lengths = request.fields.values("content-length")
        let codings = request.fields.values("transfer-encoding")
        guard codings.isEmpty else {
            // RFC 9112 §6.1: both fields, or a coding in HTTP/1.0, are signs of smuggling.
            guard lengths.isEmpty, request.minorVersion >= 1 else { throw .ambiguousBodyLength }
            try Self.requireChunked(codings)
            self = .chunked
            return
        }
        guard let text = lengths.first else {
            // RFC 9112 §6.3 item 7: then there is no body, as with `curl -X POST`. A client of
            // HTTP/1.0 that names none may mean to end it with the connection.
            if request.minorVersion == 0, request.method.expectsContent { throw .lengthRequired }
            self = .length(0)
            return
        }
        // RFC 9112 §6.3 item 5 would let equal repetitions pass; nobody honest sends them.
        guard lengths.count == 1 else { throw .duplicateContentLength }
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit) else { throw .invalidContentLength }
        // Digits that do not fit an Int are a length all the same, and too large a one.
        guard let count = Int(text) else { throw .bodyTooLarge }
        self = .length(count)
    }

    /// Lets the one coding pass that every HTTP/1.1 recipient knows, alone and once.
    static func requireChunked(_ codings: [String]) throws(HTTPRefusal) {
        let names = codings.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
            .map { $0.trimmingBlanks().lowercased() }
        if names == ["chunked"] { return }
        // RFC 9112 §7: chunked at most once. A list of one name with empty places beside it is
        // read differently by different recipients.
        guard names.count(where: { $0 == "chunked" }) <= 1, !names.contains("") else {
            throw .ambiguousBodyLength
        }
        // RFC 9112 §6.3 item 4: when another coding than chunked comes last nobody knows where
        // the body ends (400); one before it is only unknown (501, §6.1).
        throw names.last == "chunked" ? .transferCoding : .ambiguousBodyLength
    }
}
