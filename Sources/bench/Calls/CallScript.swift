/// What callers say: descriptions and candidates as browsers make them for audio and video.
struct CallScript {
    /// Candidates of each side, and how many of them leave in one write.
    static let candidates = 20
    static let burst = 5

    private let offer: [UInt8] = CallScript.description(lines: 80)
    private let reply: [UInt8] = CallScript.description(lines: 50)
    private let list: [[UInt8]] = (0..<CallScript.candidates).map { CallScript.candidate($0) }

    func initiate(_ caller: CallClient, to callee: String, _ output: FrameBuffer) -> Int {
        let id = caller.request("call:initiate", output)
        output.append(",\"to\":\"")
        output.append(Array(callee.utf8))
        output.append("\",\"media\":{\"audio\":true,\"video\":true},")
        output.append("\"description\":{\"type\":\"offer\",\"sdp\":\"")
        output.append(offer)
        output.append("\"}")
        caller.end(output)
        return id
    }

    func answer(_ callee: CallClient, _ output: FrameBuffer) -> Int {
        let id = callee.request("call:answer", output)
        output.append(",\"description\":{\"type\":\"answer\",\"sdp\":\"")
        output.append(reply)
        output.append("\"}")
        callee.end(output)
        return id
    }

    /// The candidates behind the first `sent`, each in a frame of its own; the id of the last.
    func candidates(_ client: CallClient, behind sent: Int, _ output: FrameBuffer) -> Int {
        var id = 0
        for index in sent..<sent + Self.burst {
            id = client.request("call:ice-candidate", output)
            output.append(",\"gen\":1,\"candidate\":")
            output.append(list[index])
            client.end(output)
        }
        return id
    }

    /// A request that names nothing but its call.
    func short(_ type: StaticString, _ client: CallClient, _ output: FrameBuffer) -> Int {
        let id = client.request(type, output)
        client.end(output)
        return id
    }

    func message(
        _ number: Int, _ client: CallClient, _ output: FrameBuffer, id again: Int? = nil
    ) -> Int {
        let id = client.request("app:message", output, id: again)
        output.append(",\"payload\":{\"number\":")
        output.append(number)
        output.append("}")
        client.end(output)
        return id
    }

    /// With line ends as they stand in JSON.
    private static func description(lines: Int) -> [UInt8] {
        let head =
            "v=0\\r\\no=- 4611731400430051336 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\n"
            + "a=group:BUNDLE 0 1\\r\\na=ice-ufrag:bnch\\r\\n"
            + "a=ice-pwd:asd88fgpdd777uzjYhagZgXX\\r\\n"
        let body = (0..<lines).map { line in
            "a=fmtp:\(96 + line) level-asymmetry-allowed=1;profile-level-id=42e01f\\r\\n"
        }
        return Array((head + body.joined()).utf8)
    }

    private static func candidate(_ number: Int) -> [UInt8] {
        Array(
            ("{\"candidate\":\"candidate:84216385\(number) 1 udp 1677729535 203.0.113.17 "
                + "\(50_000 + number) typ srflx raddr 192.0.2.17 rport 54321 generation 0 "
                + "ufrag bnch network-cost 999\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0,"
                + "\"usernameFragment\":\"bnch\"}").utf8)
    }
}
