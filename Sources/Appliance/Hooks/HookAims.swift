import Crypto
import HTTP
import LinuxIO

/// Where hooks go, read and checked: what `HookSettings` say, without a thread or a connection.
struct HookAims: Sendable {
    let eventURL: HTTPURL?
    let resolverURL: HTTPURL?
    let canPush: Bool
    let signature: HookSignature
    /// Nil where neither address is https.
    let context: TLSContext?

    /// Larger than the file that systems come with.
    private static let authoritiesBytesMax = 4 << 20

    /// - Throws: what is wrong with the settings, in words.
    init(_ settings: HookSettings) throws(HookFailure) {
        eventURL = try Self.url(settings.eventURL, role: "webhook-url")
        resolverURL = try Self.url(settings.resolverURL, role: "chat-resolver-url")
        let isSecure = [eventURL, resolverURL].contains { $0?.isSecure == true }
        context = isSecure ? try Self.context(settings.caFile) : nil
        canPush = eventURL != nil && settings.push
        signature = HookSignature(secret: settings.secret)
    }

    private static func url(_ text: String?, role: String) throws(HookFailure) -> HTTPURL? {
        guard let text else { return nil }
        guard let url = HTTPURL(text) else { throw .urlUnusable(role: role) }
        return url
    }

    private static func context(_ file: String?) throws(HookFailure) -> TLSContext {
        var trust = TLSTrust.system
        let name = file ?? "the system's list"
        if let file {
            do throws(SystemError) {
                let pem = try File.read(file, max: authoritiesBytesMax)
                trust = .authorities(pem: pem, file: file)
            } catch {
                throw .authoritiesUnreadable(file: file, reason: "\(error)")
            }
        }
        do throws(TLSFailure) {
            let settings = TLSSettings(protocols: ["http/1.1"], trust: trust)
            return try TLSContext(settings, transport: .stream, role: .client)
        } catch {
            throw .authoritiesUnreadable(file: name, reason: "\(error)")
        }
    }
}
