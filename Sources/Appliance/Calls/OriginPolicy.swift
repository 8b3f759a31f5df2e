import HTTP
import Primitives

/// Which pages may open WebSockets: a browser says where a page came from, and any page on the web
/// may try (calls.md 2.1, ruling 15).
///
/// The request's Host is not asked: a name that an attacker points at this machine is in it too.
struct OriginPolicy: Sendable {
    private var listed: Set<HTTPOrigin> = []
    /// `null` and schemes of apps, as they are written.
    private var other: Set<String> = []
    private var allowsAny = false

    /// - Parameters:
    ///   - origins: `cors-origin`.
    ///   - names: public names and addresses of this server.
    ///   - ports: where it listens for streams.
    init(origins: [String] = [], names: [String] = [], ports: [UInt16] = []) {
        for text in origins {
            if text == "*" {
                allowsAny = true
            } else if let origin = HTTPOrigin(text) {
                listed.insert(origin)
            } else {
                other.insert(text)
            }
        }
        // 443 also when it listens elsewhere: something in front may end TLS.
        for name in names { allow(name, ports: ports + [443]) }
    }

    private mutating func allow(_ name: String, ports: [UInt16]) {
        let ip = IPAddress(name)
        let host = name.contains(":") ? "[\(name)]" : name
        for port in ports {
            if let origin = HTTPOrigin("https://\(host):\(port)") { listed.insert(origin) }
            // Without TLS only where no network is in between, or where no certificate can be had.
            guard ip != nil || host == "localhost" else { continue }
            if let origin = HTTPOrigin("http://\(host):\(port)") { listed.insert(origin) }
        }
    }

    /// Whether a request from there may go on. Without an Origin field no page sent it; with two
    /// nobody knows which.
    func allows(_ request: HTTPRequest) -> Bool {
        let values = request.fields.values("origin")
        guard let value = values.first else { return true }
        guard values.count == 1 else { return false }
        if allowsAny { return true }
        if let origin = HTTPOrigin(value) { return listed.contains(origin) }
        return other.contains(value)
    }
}
