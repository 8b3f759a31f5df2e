import Admin
import Configuration
import HTTP
import Primitives
import TURN
import Testing
import WebAPI

@testable import Appliance

@Suite struct AdministrationTests {
    private static let token = "of-the-operator-alone"
    private static let status = ["admin", "api", "v1", "status"]

    /// Answers everything, and tells what it was asked.
    private final class Room: AdministrationRoom {
        var asked: [AdminRequest] = []
        var lines: [String] = []
        /// Carried out while a request is answered, as a reload is.
        var meanwhile: () -> Void = {}

        func answer(_ request: AdminRequest) -> AdminReply {
            asked.append(request)
            meanwhile()
            return .logLevel(LogLevelReply(level: "info"))
        }

        func note(_ level: LogLevel, _ line: String) { lines.append(line) }
    }

    private let room = Room()
    private let service = ApplicationService()

    init() {
        service.room = room
        configure(Self.token)
    }

    private func configure(_ token: String?) {
        var calls = ServerConfiguration.Calls()
        calls.adminToken = token
        let desk = RelayAccessDesk(
            credentials: CredentialSettings(realm: "example.org"), listeners: [], relays: [],
            certificateNames: [], ports: 49_152...65_535)
        service.apply(ServerConfiguration.Web(), calls, desk, ports: [])
    }

    private func ask(
        _ segments: [String], _ method: HTTPMethod = .get, query: [HTTPQueryItem] = [],
        token: String? = Self.token, isSecure: Bool = true, _ more: HTTPField...,
        from client: IPAddress = IPAddress(198, 51, 100, 7)
    ) throws -> HTTPResponse {
        let fields = token.map { [HTTPField("authorization", "Bearer \($0)")] } ?? []
        let request = HTTPRequest(
            method, HTTPTarget(segments: segments, query: query),
            fields: HTTPFields(fields + more))
        let answer = service.answer(
            WebRequest(request, isSecure: isSecure, client: TransportAddress(client, 9)))
        guard case .response(let response) = answer else { throw NoResponse() }
        return response
    }

    private struct NoResponse: Error {}

    @Test func theTokenOpensWhatTheSocketAnswers() throws {
        let answer = try ask(Self.status)
        #expect(answer.status == .ok)
        #expect(answer.fields.values("cache-control") == ["no-store"])
        #expect(answer.fields["x-content-type-options"] == "nosniff")
        #expect(answer.fields["access-control-allow-origin"] == nil)
        #expect(String(decoding: answer.body, as: UTF8.self) == #"{"level":"info","schema":1}"#)
        #expect(room.asked == [.status] && room.lines.isEmpty)
        _ = try ask(
            ["admin", "api", "v1", "allocations", "0-1-2"], .delete,
            query: [HTTPQueryItem("ban", "60")])
        #expect(
            room.lines == ["administrator at 198.51.100.7: DELETE /v1/allocations/0-1-2?ban=60"])
        let name = try #require(AllocationName("0-1-2"))
        #expect(room.asked.last == .kill(KillOrder(.allocation(name), banSeconds: 60)))
    }

    @Test func whatTheSocketRefusesIsRefusedHere() throws {
        #expect(try ask(["admin", "api", "v1", "nothing"]).status == .notFound)
        #expect(try ask(["admin", "api", "v1"]).status == .notFound)
        #expect(try ask(["admin", "api"]).status == .notFound)
        let wrong = try ask(Self.status, .put)
        #expect(wrong.status == .methodNotAllowed && wrong.fields["allow"] == "GET, HEAD")
        // No page of another site is told that it may ask (CORS).
        let preflight = try ask(Self.status, .options, HTTPField("origin", "https://a.example"))
        #expect(preflight.status == .methodNotAllowed)
        #expect(preflight.fields["access-control-allow-origin"] == nil)
        #expect(room.asked.isEmpty)
    }

    @Test func aWrongTokenIsRefusedThenBounded() throws {
        let bare = try ask(Self.status, token: nil)
        #expect(bare.status == .unauthorized)
        #expect(bare.fields["www-authenticate"] == #"Bearer realm="turnstone admin""#)
        for _ in 0..<10 { #expect(try ask(Self.status, token: "wrong").status == .unauthorized) }
        let held = try ask(Self.status)
        #expect(held.status == .tooManyRequests && held.fields["retry-after"] == "30")
        #expect(try ask(Self.status, from: IPAddress(198, 51, 100, 8)).status == .ok)
        #expect(
            room.lines == [
                "a wrong admin token was shown by 198.51.100.7",
                "too many wrong admin tokens from 198.51.100.7: refused for now",
            ])
    }

    @Test func withoutATokenThereIsNothing() throws {
        configure(nil)
        let unknown = try ask(["nothing"])
        for path in [["admin"], ["admin", "index.html"], Self.status, ["admin", "api"]] {
            for isSecure in [true, false] {
                #expect(try ask(path, isSecure: isSecure) == unknown)
            }
        }
        #expect(room.asked.isEmpty)
    }

    @Test func nothingIsSaidInTheClear() throws {
        for path in [["admin"], ["admin", "index.html"], Self.status] {
            let answer = try ask(path, isSecure: false)
            #expect(answer.status == .forbidden)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("only over HTTPS"))
        }
        #expect(room.asked.isEmpty)
    }

    private static let proxied = [
        ("https", IPAddress(127, 0, 0, 1), true), ("HTTPS", IPAddress(127, 0, 0, 1), true),
        ("http", IPAddress(127, 0, 0, 1), false), ("https, http", IPAddress(127, 0, 0, 1), false),
        ("http, https", IPAddress(127, 0, 0, 1), true), ("https", IPAddress("::1")!, true),
        ("https", IPAddress(198, 51, 100, 7), false),
    ]

    @Test("A proxy on this machine may end TLS; nobody else can say that it was there")
    func forwarded() throws {
        for (proto, client, isLetIn) in Self.proxied {
            let answer = try ask(
                Self.status, isSecure: false, HTTPField("x-forwarded-proto", proto), from: client)
            #expect(answer.status == (isLetIn ? .ok : .forbidden), "\(proto) from \(client)")
        }
    }

    @Test func aProxyOnThisMachineNamesWhoGuesses() throws {
        let home = IPAddress(127, 0, 0, 1)
        for _ in 0..<11 {
            _ = try ask(
                Self.status, token: "wrong",
                HTTPField("x-forwarded-for", "192.0.2.1, 203.0.113.9"), from: home)
        }
        let other = HTTPField("x-forwarded-for", "203.0.113.10")
        #expect(try ask(Self.status, .get, other, from: home).status == .ok)
        #expect(room.lines.first == "a wrong admin token was shown by 203.0.113.9")
        // Anybody may write such a field; only this machine is believed.
        let strange = HTTPField("x-forwarded-for", "203.0.113.9")
        #expect(try ask(Self.status, .get, strange).status == .ok)
    }

    @Test("A reload in the middle of an answer may take the token away")
    func reentrance() throws {
        room.meanwhile = { configure(nil) }
        #expect(try ask(["admin", "api", "v1", "reload"], .post).status == .ok)
        #expect(try ask(Self.status).status == .notFound)
    }
}
