package import JSON

/// Which media somebody sends: asked for in an offer, muted and unmuted later.
package struct Media: Hashable, Sendable, Codable {
    package var audio: Bool
    package var video: Bool

    package init(audio: Bool = true, video: Bool = false) {
        self.audio = audio
        self.video = video
    }

    package var json: JSONValue { ["audio": .bool(audio), "video": .bool(video)] }
}
