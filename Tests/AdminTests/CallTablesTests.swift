import HTTP
import Testing

@testable import Admin

/// What people see of callers; the JSON beside it, byte for byte.
@Suite struct CallTablesTests {
    private func json(_ reply: AdminReply) -> String {
        String(decoding: AdminJSON.response(to: reply).body, as: UTF8.self)
    }

    private func oneLine(_ text: String) -> String { text.split(separator: "\n").joined() }

    @Test func aCall() {
        let lines = CallTables.show(Samples.call)
        #expect(
            lines == [
                "Call     6NnXJcYpVqLr4d5T, direct",
                "State    active",
                "Chat     chat-7",
                "For      bob",
                "Age      1m35s",
                "Active   for 1m20s",
                "Expires  in 58m25s",
                "Media    relayed",
                "Counts   2 offers, 1 ICE restarts, 14 candidates, 1 reconnects, connected in "
                    + "412 ms",
                "",
                "SEAT  USER          ROLE   DEVICE  SESSION  ONLINE       MEDIA         "
                    + "CONNECTION                        RECONNECTS",
                "p1    alice         host   d1      s1       yes          audio, video  "
                    + "relay to srflx over udp, relayed           0",
                "p2    bob\\u{1b}[2J  guest  -       -        away for 3s  none          -"
                    + "                                          1",
            ])
        let expected = """
            {"activeSeconds":80,"ageSeconds":95,"callee":"bob","chat":"chat-7",
            "counts":{"candidates":14,"candidatesDropped":0,"connectMilliseconds":412,"glares":0,
            "offers":2,"reconnects":1,"restarts":1,"takeovers":0},"expiresInSeconds":3505,
            "generation":2,"id":"6NnXJcYpVqLr4d5T","kind":"direct",
            "participants":[{"audio":true,"device":"d1","local":"relay","name":"Alice",
            "online":true,"peer":"p1","reconnects":0,"relayed":true,"remote":"srflx",
            "role":"host","session":"s1","transport":"udp","user":"alice","video":true},
            {"audio":false,"awaySeconds":3,"online":false,"peer":"p2","reconnects":1,
            "role":"guest","user":"bob\\u001b[2J","video":false}],
            "path":"relayed","ringing":0,"schema":1,"state":"active"}
            """
        #expect(json(.call(Samples.call)) == oneLine(expected))
    }

    @Test func aListOfCalls() {
        #expect(
            CallTables.list(CallList(matched: 2, calls: [Samples.call])) == [
                "ID                STATE   KIND    HOST   GUEST                  AGE  ACTIVE  "
                    + "PATH     RECONNECTS",
                "6NnXJcYpVqLr4d5T  active  direct  alice  bob\\u{1b}[2J (away)  1m35s   1m20s  "
                    + "relayed           1",
                "",
                "1 of 2 calls; raise --limit.",
            ])
        #expect(CallTables.list(CallList(matched: 0, calls: [])) == ["No calls."])
    }

    @Test func sessions() {
        #expect(
            SessionTable.lines(Samples.sessions) == [
                "ID  USER             NAME   DEVICE  CLIENT              ONLINE        IDLE  "
                    + "  TOKEN  RESUMES  CALLS",
                "s1  alice            Alice  d1      198.51.100.7:50123  yes            12s  "
                    + "  1h00m        2  6NnXJcYpVqLr4d5T",
                "s2  visitor (guest)  -      d2      -                   away for 38s   40s  "
                    + "expired        0  -",
                "",
                "2 of 3 sessions; raise --limit.",
            ])
        #expect(
            SessionTable.kicked(KickReply(kicked: 2, calls: 1)) == ["Ended 2 sessions and 1 call."])
        let expected = """
            {"matched":3,"schema":1,"sessions":[{"calls":["6NnXJcYpVqLr4d5T"],
            "client":"198.51.100.7:50123","device":"d1","guest":false,"id":"s1","idleSeconds":12,
            "name":"Alice","online":true,"resumes":2,"tokenExpiresInSeconds":3600,
            "unconfirmed":1,"user":"alice"},{"awaySeconds":38,"calls":[],"device":"d2",
            "guest":true,"id":"s2","idleSeconds":40,"online":false,"resumes":0,
            "tokenExpiresInSeconds":-5,"unconfirmed":0,"user":"visitor"}]}
            """
        #expect(json(.sessions(Samples.sessions)) == oneLine(expected))
    }

    @Test func users() {
        #expect(
            UserTable.lines(Samples.users) == [
                "USER   ACCOUNT                   ALLOCATIONS  PEERS  SESSIONS  CALLS      UP  "
                    + "   DOWN     UP RATE    DOWN RATE  BANNED",
                "alice  8a47aa5c3fb38aa47ae98153      2 of 40      3    1 of 2      1  600 kB  "
                    + "1.50 MB  960 kbit/s  2.40 Mbit/s  no",
                "bob    -                             1 of 40      0    0 of 0      0     0 B  "
                    + "    0 B     0 bit/s      0 bit/s  for 1m30s",
                "",
                "2 users.",
            ])
        #expect(json(.users(Samples.users)).hasPrefix(#"{"matched":2,"quota":40,"schema":1,"#))
    }
}
