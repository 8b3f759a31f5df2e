import HTTP
import Testing

@testable import Admin

/// What people see of the daemon's own state; the JSON beside it, byte for byte.
@Suite struct ControlTablesTests {
    private func json(_ reply: AdminReply) -> String {
        String(decoding: AdminJSON.response(to: reply).body, as: UTF8.self)
    }

    private func oneLine(_ text: String) -> String { text.split(separator: "\n").joined() }

    @Test func anExplanation() {
        #expect(
            CredentialTable.explain(Samples.explanation) == [
                "username     1763708400:alice",
                "kind         time-limited, made with secret 2",
                "account      alice",
                "realm        example.org",
                "expires      expired 5m12s ago",
                "password     cGFzc3dvcmQx (by secret 1)",
                "password     cGFzc3dvcmQy (by secret 2)",
                "allocations  10 of 10",
                "an Allocate  would be refused with 401",
                "  - expired 312 s ago",
                "  - over quota: 10 of 10 allocations",
                "  note: it would fit secret 2, but the '=' at its end is missing",
            ])
        let expected = """
            {"accepted":false,"account":"alice","allocations":10,
            "causes":["expired 312 s ago","over quota: 10 of 10 allocations"],"code":401,
            "expiresInSeconds":-312,"kind":"time-limited",
            "notes":["it would fit secret 2, but the '=' at its end is missing"],
            "passwords":["cGFzc3dvcmQx","cGFzc3dvcmQy"],"quota":10,"realm":"example.org",
            "schema":1,"secret":2,"username":"1763708400:alice"}
            """
        #expect(json(.explanation(Samples.explanation)) == oneLine(expected))
    }

    @Test func refusals() {
        #expect(
            ControlTables.refusals(Samples.refusals) == [
                "  AGO  CLIENT              USER                REQUEST           CODE  TIMES  "
                    + "CAUSE",
                "   2s  198.51.100.7:50123  1763708400:alice ?  Allocate           401      7  "
                    + "expired 312 s ago",
                "1m15s  [2001:db8::1]:9     bob                 CreatePermission   403      1  "
                    + "peer 10.0.0.9:80: private",
                "",
                "2 of 3 refusals; raise --limit.",
                "1200 more came too fast to be looked at, since the start.",
            ])
        let expected = """
            {"matched":3,"refusals":[{"cause":"expired 312 s ago","client":"198.51.100.7:50123",
            "code":401,"count":7,"firstSecondsAgo":60,"lastSecondsAgo":2,"method":"Allocate",
            "proven":false,"user":"1763708400:alice"},{"cause":"peer 10.0.0.9:80: private",
            "client":"[2001:db8::1]:9","code":403,"count":1,"firstSecondsAgo":75,
            "lastSecondsAgo":75,"method":"CreatePermission","proven":true,"user":"bob"}],
            "schema":1,"unseen":1200}
            """
        #expect(json(.refusals(Samples.refusals)) == oneLine(expected))
        #expect(
            ControlTables.refusals(RefusalList(matched: 0, refusals: []))
                == ["No refusals lately."])
    }

    @Test func aReloadSaysWhatItCosts() {
        #expect(
            ControlTables.reload(Samples.reload(isRehearsal: true)) == [
                "- user-quota=40",
                "+ user-quota=10",
                "    costs nothing",
                "- user=bob:***",
                "    ends what is running: ends 1 allocation of bob",
                "+ listening-port=3479",
                "    waits for a restart",
                "+ no-cli",
                "    has no effect here",
                "warning: turnstone.conf:3: warning: no-cli",
                "",
                "Nothing was changed: this was a rehearsal.",
            ])
        #expect(
            ControlTables.reload(Samples.reload(isRehearsal: false)).last
                == "Reloaded /etc/turnstone/turnstone.conf.")
        let bad = ReloadReply(file: "f", applied: false, errors: ["f:1: error: realm"])
        #expect(
            ControlTables.reload(bad) == [
                "error: f:1: error: realm", "", "Nothing was changed: f is not accepted.",
            ])
        let nothing = ReloadReply(file: "f", applied: true)
        #expect(ControlTables.reload(nothing) == ["No line differs.", "", "Reloaded f."])
        let expected = """
            {"applied":true,"changes":[{"added":["10"],"cost":"nothing","key":"user-quota",
            "removed":["40"]},{"added":[],"cost":"sessions","key":"user",
            "note":"ends 1 allocation of bob","removed":["bob:***"]},{"added":["3479"],
            "cost":"restart","key":"listening-port","removed":[]},{"added":[""],
            "cost":"no-effect","key":"no-cli","removed":[]}],"errors":[],
            "file":"/etc/turnstone/turnstone.conf","schema":1,
            "warnings":["turnstone.conf:3: warning: no-cli"]}
            """
        #expect(json(.reload(Samples.reload(isRehearsal: false))) == oneLine(expected))
    }

    @Test func theConfigurationInForce() {
        #expect(
            ControlTables.configuration(Samples.configuration) == [
                "# In force: /etc/turnstone/turnstone.conf. Secrets are hidden.",
                "realm=example.org  # line 3",
                "verbose            # command line",
                "stale-nonce=600    # default",
            ])
        let expected = """
            {"file":"/etc/turnstone/turnstone.conf","schema":1,"settings":[{"key":"realm",
            "line":3,"value":"example.org"},{"key":"verbose","line":0,"value":""},
            {"key":"stale-nonce","value":"600"}]}
            """
        #expect(json(.configuration(Samples.configuration)) == oneLine(expected))
    }

    @Test func aDrain() {
        let drain = DrainReply(draining: true, stops: true, allocations: 1, callers: 2)
        #expect(
            ControlTables.drain(drain) == [
                "No new allocations and callers are taken. 1 allocation and 2 callers are left.",
                "The daemon ends when the last of them is gone.",
            ])
        #expect(
            json(.drain(drain))
                == #"{"allocations":1,"callers":2,"draining":true,"schema":1,"stops":true}"#)
        let over = DrainReply(draining: false, stops: false, allocations: 0, callers: 0)
        #expect(
            ControlTables.drain(over) == ["New allocations and callers are taken again."])
    }

    @Test func revocationsAndLevels() {
        let reply = RevokeReply(account: "a\u{7}", seconds: 90, killed: 1)
        #expect(
            CredentialTable.revoked(reply)
                == ["a\\u{7} gets no allocation for 1m30s; ended 1 allocation."])
        #expect(
            json(.revoked(RevokeReply(account: "a", seconds: 90, killed: 1)))
                == #"{"account":"a","killed":1,"schema":1,"seconds":90}"#)
        #expect(
            json(.logLevel(LogLevelReply(level: "info"))) == #"{"level":"info","schema":1}"#)
    }
}
