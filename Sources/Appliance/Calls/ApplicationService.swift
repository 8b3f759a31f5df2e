import Configuration
import HTTP
import LinuxIO
import Primitives
import Signaling
import TURN
import WebAPI

/// The service of a daemon that is given no other: what applications ask, and a page that says
/// what runs here.
final class ApplicationService: WebService {
    private let page = WelcomePage()
    private let digest = SecretDigest(key: Entropy.bytes(32))
    private var router: WebRouter
    private var desk: RelayAccessDesk?

    init() { router = WebRouter(WebSettings(), signer: digest) }

    /// Takes over what the configuration says now; called at the start and after each reload.
    func apply(_ web: ServerConfiguration.Web, _ desk: RelayAccessDesk) {
        var settings = WebSettings()
        settings.lifetime = web.credentialsLifetime
        settings.separator = desk.credentials.separator
        for key in web.keys { settings.keys.add(key.name, key: key.key, signer: digest) }
        // The reader let only origins pass; one that HTTP takes for none allows nobody.
        try? settings.allow(origins: web.origins)
        router.settings = settings
        self.desk = desk
    }

    func answer(_ request: WebRequest) -> WebAnswer {
        let now = Clock.now()
        if let desk, let response = router.answer(request.request, issuer: desk, calls: nil, at: now) {
            return .response(response)
        }
        return page.answer(request)
    }
}
