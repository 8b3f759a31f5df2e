import HTTP
import Testing

/// How lists of tags are read is shown in `StaticResourcesTests`.
@Suite struct EntityTagTests {
    @Test func differsWithTheBytes() {
        let tags = [[], [0], [0, 0], [1], [1, 0], [0, 1]].map { EntityTag(of: $0) }
        #expect(Set(tags).count == tags.count)
        // The offset basis of FNV-1a, and its published result for "a".
        #expect(EntityTag(of: []).text == "\"cbf29ce484222325-0\"")
        #expect(EntityTag(of: Array("a".utf8)).text == "\"af63dc4c8601ec8c-1\"")
    }

    @Test func holdsOnlyWhatATagMay() {
        #expect(EntityTag(opaque: "a-b,c", isWeak: true)?.text == "W/\"a-b,c\"")
        for bad in ["a\"b", "a b", "a\r\nb", "\u{e4}"] { #expect(EntityTag(opaque: bad) == nil) }
    }
}
