import HTTP

/// Says to people and monitors that the daemon is there.
final class WelcomePage: WebService {
    private let resources = StaticResources([
        StaticResource("/", Array(page.utf8), mediaType: MediaType("text/html")),
        StaticResource("/healthz", Array("ok\n".utf8), mediaType: MediaType("text/plain")),
    ])

    func answer(_ request: WebRequest) -> WebAnswer {
        .response(resources.response(to: request.request) ?? resources.notFound)
    }

    /// Without styles or scripts, which the policy of resources would have to allow.
    private static let page = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Turnstone</title>
        <h1>Turnstone runs here</h1>
        <p>This is a STUN and TURN server. It helps calls through firewalls, on this same port.</p>
        </html>

        """
}
