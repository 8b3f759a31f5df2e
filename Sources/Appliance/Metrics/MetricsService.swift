import HTTP
import LinuxIO
import Primitives
import WebAPI

/// What a port of metrics answers: one path to whoever comes, and nothing else.
final class MetricsService: WebService {
    /// Who makes the text.
    weak var source: ControlRoom?
    /// The one path, as the configuration has it.
    var path = "" {
        didSet { segments = Self.segments(of: path) }
    }

    private var segments: [String] = []
    private var latest: (text: [UInt8], until: MonotonicTime)?

    /// A text waits for every worker, and nobody needs to prove who they are: whoever asks in the
    /// same tenth of a second reads the same one.
    private static let freshNanoseconds: UInt64 = 100_000_000

    func answer(_ request: WebRequest) -> WebAnswer {
        let request = request.request
        guard request.target.segments == segments else {
            return .response(plain(.notFound, "The metrics are at \(path).\n"))
        }
        guard request.method == .get || request.method == .head else {
            var response = plain(.methodNotAllowed, "GET is answered here.\n")
            response.fields.append(HTTPField("allow", "GET, HEAD"))
            return .response(response)
        }
        guard let text = text(at: Clock.now()) else {
            return .response(plain(.unavailable, "The server is starting.\n"))
        }
        return .response(.metrics(text))
    }

    private func text(at now: Now) -> [UInt8]? {
        if let latest, now.monotonic < latest.until { return latest.text }
        guard let text = source?.metrics(at: now) else { return nil }
        let end = Clock.monotonic()
        // A worker that is stuck lets everybody wait: after that the thread does other work for
        // as long as this took.
        let rest = max(Self.freshNanoseconds, end.nanoseconds(since: now.monotonic))
        latest = (text, MonotonicTime(nanoseconds: end.nanoseconds + rest))
        return text
    }

    private func plain(_ status: HTTPStatus, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status, fields: [HTTPField("content-type", "text/plain; charset=utf-8")],
            body: Array(text.utf8))
    }

    /// As `HTTPTarget` takes a path apart; the reader let nothing pass that is encoded.
    private static func segments(of path: String) -> [String] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }
}
