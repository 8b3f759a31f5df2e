import CWeb
import HTTP

/// What browsers load: the call page, the page that tests connections, and the client library
/// (`Sources/Web`), from inside the program.
final class Pages: WebService {
    private let resources: StaticResources

    init() {
        var policy = StaticResources.Policy()
        policy.contentSecurity = Self.contentSecurity
        policy.permissions = Self.permissions
        resources = StaticResources(Self.files, policy: policy)
    }

    func answer(_ request: WebRequest) -> WebAnswer {
        var request = request.request
        request.target = Self.target(request.target)
        return resources.response(to: request).map { .response($0) } ?? notFound
    }

    /// Of a path that names nothing.
    var notFound: WebAnswer { .response(resources.notFound) }

    /// The files of the program, with their paths below `Sources/Web`.
    static let files: [StaticResource] = {
        var files: [StaticResource] = []
        while true {
            let file = ts_web_file_at(UInt(files.count))
            guard let path = file.path else { return files }
            let bytes = UnsafeBufferPointer(start: file.bytes, count: Int(file.count))
            files.append(StaticResource(String(cString: path), Array(bytes)))
        }
    }()

    /// The file behind a path that people see. The page reads from its address which call a link
    /// means.
    private static func target(_ target: HTTPTarget) -> HTTPTarget {
        switch target.segments {
        case [""]: HTTPTarget(segments: ["index.html"])
        case let parts where parts.count == 2 && parts[0] == "call" && !parts[1].isEmpty:
            HTTPTarget(segments: ["index.html"])
        case ["admin"]: HTTPTarget(segments: ["admin", "index.html"])
        case ["trickle-ice"]: HTTPTarget(segments: ["trickle-ice.html"])
        default: target
        }
    }

    /// Nothing inline, nothing from elsewhere. A STUN or TURN server that somebody pastes on the
    /// page that tests connections is governed by no policy.
    private static let contentSecurity =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "media-src 'self' blob: mediastream:; connect-src 'self'; manifest-src 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'; form-action 'none'; object-src 'none'"

    /// What a call needs, for the page itself; frames of others within it get nothing.
    private static let permissions =
        "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), "
        + "screen-wake-lock=(self), geolocation=(), payment=(), usb=()"
}
