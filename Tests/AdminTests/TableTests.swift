import Testing

@testable import Admin

@Suite struct TableTests {
    @Test func alignsColumnsAndLeavesNoBlanksAtTheEnd() {
        var table = Table([.left("NAME"), .right("N"), .left("REST")])
        table.append(["a", "1000", ""])
        table.append(["longer", "1", "x"])
        #expect(
            table.lines == [
                "NAME       N  REST",
                "a       1000",
                "longer     1  x",
            ])
    }

    @Test func withoutTitlesThereIsNoTitleLine() {
        var table = Table([.left(""), .left("")])
        table.append(["a", "b"])
        #expect(table.lines == ["a  b"])
    }

    @Test func aNameFromTheNetworkCannotMoveTheCursor() {
        var table = Table([.left("USER")])
        table.append(["a\u{1b}[2J\r\n\u{202e}b\u{2028}"])
        #expect(table.lines[1] == "a\\u{1b}[2J\\u{d}\\u{a}\\u{202e}b\\u{2028}")
    }
}

/// Tables as people see them; drawn from the same samples as the JSON.
@Suite struct SnapshotTableTests {
    @Test func aListSaysWhenItWasCut() {
        let list = AllocationList(matched: 5, allocations: [Samples.other])
        #expect(
            AllocationTables.list(list) == [
                "ID     USER  CLIENT                 VIA  RELAY              AGE   LEFT  PERMS"
                    + "  CHANS   UP  DOWN  UP RATE  DOWN RATE  DROPS",
                "0-2-1  bob   [2001:db8:1::9]:40000  tls  203.0.113.5:52000   5s  9m55s      0"
                    + "      0  0 B   0 B  0 bit/s    0 bit/s      0",
                "",
                "1 of 5 allocations; narrow them with --user, --client or --peer, or raise "
                    + "--limit.",
            ])
        #expect(
            AllocationTables.list(AllocationList(matched: 0, allocations: []))
                == ["No allocations."])
    }

    @Test func aListShowsTrafficRatesAndTheAccount() {
        var long = Samples.allocation
        long.account = "a-very-long-account-name-of-somebody"
        let lines = AllocationTables.list(AllocationList(matched: 1, allocations: [long]))
        #expect(
            lines[1]
                == "1-17-3  a-very-long-account-nam~  198.51.100.7:50123  udp  "
                + "203.0.113.5:51034 +1  12m34s  7m26s      1      1  52.3 MB  1.23 GB  "
                + "960 kbit/s  2.40 Mbit/s     15")
        #expect(lines.last == "1 allocation.")
    }

    @Test func connectionsWithPeersAreShown() {
        let expected = """
            CONNECTION WITH  MADE BY  STATE                           AGE
            192.0.2.9:80     peer     bound to [2001:db8:1::9]:40001   3s
            """.split(separator: "\n").map(String.init)
        let lines = AllocationTables.show(Samples.other)
        #expect(Array(lines.suffix(2)) == expected)
        #expect(lines.contains("Relay       203.0.113.5:52000 over tcp"))
    }

    @Test func oneAllocation() {
        let expected = """
            Allocation  1-17-3 on worker 1
            User        alice (as 1763708400:alice)
            Client      198.51.100.7:50123 over udp to 203.0.113.5:3478
            Relay       203.0.113.5:51034 (here 10.0.0.5:51034)
            Relay       [2001:db8::5]:49160
            Age         12m34s
            Expires     in 7m26s of 10m00s
            Up          52.3 MB in 61234 packets, now 960 kbit/s
            Down        1.23 GB in 59876 packets, now 2.40 Mbit/s
            Drops       12 no-permission, 3 send-buffer-full

            PERMISSION FOR   LEFT
            192.0.2.77      3m32s

            CHANNEL  TO                 LEFT
            0x4001   192.0.2.77:61000  8m32s
            """
        #expect(AllocationTables.show(Samples.allocation).joined(separator: "\n") == expected)
    }

    @Test func theStatus() {
        let facts = """
            Turnstone        9.8.7, process 4242, up 1d02h
            Realm            example.org
            Listens          203.0.113.5:3478 over udp
            Listens          [2001:db8::5]:3478 over udp
            Relays from      203.0.113.5 (here 10.0.0.5)
            Relay ports      49152-65535, 3 open
            Allocations      2 of at most 8000, 1204 since the start
            STUN requests    93000 binding, 2410 allocate
            STUN errors      401: 1205, 486: 2
            Denied peers     private: 9
            Peers by TCP     3 made, 1 not-permitted
            Unauthenticated  1300 requests, 40.0 kB in, 120 kB out; 5 answers shortened, 6 withheld
            Connections      120 open, 3 of them unfinished, from 40 networks; 99000 since the start
            Not served       full: 2, not-a-protocol: 7
            TLS handshakes   800, 5 failed
            HTTP             60 requests, 4 WebSockets open
            Certificate      /etc/turn.pem for example.org, 203.0.113.5 expires in 10d00h
            """
        let lines = StatusTable.lines(Samples.status)
        #expect(lines.prefix(17).joined(separator: "\n") == facts)
        #expect(
            lines[20]
                == "     1            1       61234  52.3 MB         59876  1.23 GB        0"
                + "             9  12 no-permission, 3 send-buffer-full")
        #expect(
            lines.suffix(2) == [
                "Warnings of the start:",
                "  line 12: no-loopback-peers has no effect: loopback is always denied",
            ])
    }

    @Test func aCredential() {
        let expected = """
            urls        turn:203.0.113.5:3478?transport=udp
            username    1763794800:alice
            credential  c2VjcmV0IG9mIGEgdGVzdA==
            realm       example.org
            valid       for 1d00h
            """
        #expect(CredentialTable.lines(Samples.credential).joined(separator: "\n") == expected)
    }
}
