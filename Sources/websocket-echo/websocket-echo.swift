// websocket-echo: the daemon with a service that sends back whatever a WebSocket sends. For tests
// of the protocol by foreign programs; never installed.
import Appliance
import HTTP
import LinuxIO

@main
enum WebSocketEcho {
    /// Takes the arguments of `turnstone serve`.
    static func main() {
        Process.exit(ServeCommand.run(Array(CommandLine.arguments.dropFirst()), service: Echo()))
    }
}

/// Accepts a WebSocket at every path.
private final class Echo: WebService {
    /// The largest message that the Autobahn suite sends: 16 MiB, in up to 250,000 frames.
    private static let messageBytesMax = 16 << 20

    let webSocketLimits: WebSocketLimits = {
        var limits = WebSocketLimits()
        limits.messageBytesMax = messageBytesMax
        limits.messageFramesMax = 1 << 20
        limits.outputBytesMax = 4 * messageBytesMax
        return limits
    }()

    func answer(_ request: WebRequest) -> WebAnswer {
        if request.request.asksForUpgrade(to: "websocket") {
            return .webSocket(subprotocols: [])
        }
        return .response(
            HTTPResponse(
                .ok, fields: [HTTPField("content-type", "text/plain; charset=utf-8")],
                body: Array("An echo for WebSockets.\n".utf8)))
    }

    func received(_ message: WebSocketMessage, on link: WebSocketLink) { link.send(message) }
}
