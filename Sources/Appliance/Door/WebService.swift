package import HTTP
package import Primitives

/// What answers HTTP requests and WebSockets. Called on the control thread only, so it must not
/// block; it may keep the links it is given and use them in any later call.
package protocol WebService: AnyObject {
    /// The bounds of its WebSockets. One that reads so slowly that `outputBytesMax` is passed is
    /// closed with `slowCode`.
    var webSocketLimits: WebSocketLimits { get }

    func answer(_ request: WebRequest) -> WebAnswer
    /// A WebSocket that `answer` accepted is open.
    func opened(_ link: WebSocketLink)
    func received(_ message: WebSocketMessage, on link: WebSocketLink)
    /// The last call for this link.
    func closed(_ link: WebSocketLink, _ end: WebSocketEnd)
}

/// A service without WebSockets says no more than how it answers requests.
extension WebService {
    package var webSocketLimits: WebSocketLimits { WebSocketLimits() }
    package func opened(_ link: WebSocketLink) {}
    package func received(_ message: WebSocketMessage, on link: WebSocketLink) {}
    package func closed(_ link: WebSocketLink, _ end: WebSocketEnd) {}
}

/// One request and how it came.
package struct WebRequest: Sendable {
    package var request: HTTPRequest
    /// Whether it came through TLS.
    package var isSecure: Bool
    /// Behind a trusted proxy the address the proxy named.
    package var client: TransportAddress

    package init(_ request: HTTPRequest, isSecure: Bool, client: TransportAddress) {
        self.request = request
        self.isSecure = isSecure
        self.client = client
    }
}

package enum WebAnswer: Sendable {
    case response(HTTPResponse)
    /// Become a WebSocket that speaks one of these subprotocols, or none when the list is empty.
    /// A request that is no proper handshake is refused in its stead. `pass` is handed to
    /// the service with the link.
    case webSocket(subprotocols: [String], pass: (any Sendable)? = nil)
}

/// An open WebSocket as the service sees it. Used on the control thread only.
///
/// What is sent leaves after the call that sends it, in order.
package final class WebSocketLink {
    package enum Order {
        case send(WebSocketMessage)
        case close(WebSocketCloseCode, reason: String)
    }

    /// Behind a trusted proxy the address the proxy named.
    package let client: TransportAddress
    package let subprotocol: String?
    /// Of the answer that it began with; whoever has read it clears it.
    package var pass: (any Sendable)?
    /// For the service to know it by.
    package var number: UInt64 = 0
    package private(set) var isOpen = true

    private let outputBytesMax: Int
    private let slowCode: WebSocketCloseCode
    private let wake: () -> Void
    static let slowReason = "reads too slowly"

    /// Of an unmasked frame at most (RFC 6455 §5.2); counted so that empty messages are bounded.
    private static let headerBytes = 10

    private var orders: [Order] = []
    private var orderedBytes = 0
    /// Bytes that wait in the connection; told by it.
    var unsentBytes = 0

    init(
        client: TransportAddress, subprotocol: String?, pass: (any Sendable)?,
        limits: WebSocketLimits,
        wake: @escaping () -> Void
    ) {
        self.client = client
        self.subprotocol = subprotocol
        self.pass = pass
        outputBytesMax = limits.outputBytesMax
        slowCode = limits.slowCode
        self.wake = wake
    }

    /// Sends a message; false when the WebSocket is closed, or just now for reading too slowly.
    @discardableResult
    package func send(_ message: WebSocketMessage) -> Bool {
        guard isOpen else { return false }
        guard unsentBytes + orderedBytes <= outputBytesMax else {
            close(slowCode, reason: Self.slowReason)
            return false
        }
        orderedBytes += Self.headerBytes + message.bytes.count
        order(.send(message))
        return true
    }

    /// Begins to close; messages sent before still go first.
    package func close(_ code: WebSocketCloseCode, reason: String = "") {
        guard isOpen else { return }
        isOpen = false
        order(.close(code, reason: reason))
    }

    /// One wake is enough for all orders until they are taken.
    private func order(_ order: Order) {
        if orders.isEmpty { wake() }
        orders.append(order)
    }

    func takeOrders() -> [Order] {
        defer {
            orders = []
            orderedBytes = 0
        }
        return orders
    }

    func end() {
        isOpen = false
        orders = []
    }
}
