extension HTTPRequest {
    /// A request without its body: `METHOD SP target SP HTTP/1.x` with exactly one space each
    /// (RFC 9112 §3), and fields that fit it.
    init(startLine: [UInt8], fields: HTTPFields) throws(HTTPRefusal) {
        let parts = startLine.split(
            separator: .space, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(\.isToken),
            !parts[1].isEmpty
        else { throw .malformedStartLine }
        let minorVersion = try Self.minorVersion(parts[2])
        guard let method = HTTPMethod(rawValue: String(decoding: parts[0], as: UTF8.self))
        else { throw .unknownMethod }
        try Self.checkHost(fields, minorVersion: minorVersion)
        // RFC 9110 §10.1.1: what HTTP/1.0 says here does not count.
        if minorVersion >= 1, fields.values("expect").contains(where: { !Self.isContinue($0) }) {
            throw .unknownExpectation
        }
        let form = try HTTPTargetForm(parsing: parts[1], for: method)
        self.init(method, form.target, minorVersion: minorVersion, fields: fields)
        targetAuthority = form.authority
    }

    private static func isContinue(_ expectation: String) -> Bool {
        expectation.lowercased() == "100-continue"
    }

    private static func minorVersion(_ text: ArraySlice<UInt8>) throws(HTTPRefusal) -> Int {
        switch String(decoding: text, as: UTF8.self) {
        case "HTTP/1.1": return 1
        case "HTTP/1.0": return 0
        default:
            // RFC 9112 §2.3: case-sensitive, one digit, a point, one digit.
            let digits = Array(text.dropFirst(5))
            guard text.starts(with: "HTTP/".utf8), digits.count == 3, digits[0].isDigit,
                digits[1] == UInt8(ascii: "."), digits[2].isDigit
            else { throw .malformedStartLine }
            throw .unsupportedVersion
        }
    }

    /// RFC 9112 §3.2: a 1.1 request has exactly one Host, no request has two, and what it names
    /// must be a host.
    private static func checkHost(
        _ fields: HTTPFields, minorVersion: Int
    ) throws(HTTPRefusal) {
        let hosts = fields.values("host")
        guard hosts.count <= 1 else { throw .duplicateHost }
        guard let host = hosts.first else {
            if minorVersion >= 1 { throw .missingHost }
            return
        }
        // §3.2: empty when the target has no authority.
        guard host.isEmpty || HTTPAuthority.isValid(Array(host.utf8)[...]) else {
            throw .malformedHost
        }
    }
}
