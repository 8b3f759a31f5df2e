/// Content that is part of the program, and where it is found.
package struct StaticResource: Hashable, Sendable {
    /// Begins with a slash; compared after percent-decoding, letter by letter. A slash at the end
    /// makes it another path.
    package var path: String
    package var mediaType: MediaType
    package var bytes: [UInt8]
    /// The same content compressed, for clients that take it; nil when it was not worth it.
    package var gzip: [UInt8]?
    /// Whether this path will never have other content, because its name holds a hash of it: then
    /// clients need not ask again.
    package var isFingerprinted: Bool

    /// Without a media type the ending of the path tells it.
    package init(
        _ path: String, _ bytes: [UInt8], mediaType: MediaType? = nil, gzip: [UInt8]? = nil,
        isFingerprinted: Bool = false
    ) {
        self.path = path
        self.mediaType = mediaType ?? MediaType(ofPath: path)
        self.bytes = bytes
        self.gzip = gzip
        self.isFingerprinted = isFingerprinted
    }
}
