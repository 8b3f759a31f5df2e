/// What one frame may hold. Beyond a bound the frame is refused, never cut.
package struct WireLimits: Hashable, Sendable {
    /// Bytes of a frame; the WebSocket layer stops larger ones earlier with close 4502.
    package var frameBytesMax: Int
    /// Arrays and objects within each other.
    package var depthMax: Int

    package init(frameBytesMax: Int = 65_536, depthMax: Int = 8) {
        self.frameBytesMax = frameBytesMax
        self.depthMax = depthMax
    }

    /// JSON values in a frame: 64 candidates of seven fields, with room to spare.
    static let valuesMax = 4096
    /// `id` and `seq` go through JavaScript numbers, which are exact up to here.
    static let wholeNumberMax: Int64 = 1 << 53 - 1
    package static let callIDBytesMax = 64
    static let peerIDBytesMax = 64
    package static let userIDBytesMax = 256
    package static let deviceIDBytesMax = 128
    static let sessionIDBytesMax = 64
    package static let tokenBytesMax = 8192
    package static let nameBytesMax = 128
    static let capabilitiesMax = 32
    /// Descriptions of conferences reach 20 KB; 48 KiB leaves room for the rest of the frame.
    static let sdpBytesMax = 49_152
    /// A candidate line is 100 to 250 bytes (RFC 8839 §5.1).
    static let candidateBytesMax = 1024
    static let candidatesMax = 64
    /// RFC 8839 §5.4: 4 to 256 ice-chars; shorter ones are met in the field and do no harm.
    static let ufragBytesMax = 256
    /// One for each media section that is not bundled.
    static let ufragsMax = 16
    package static let metadataBytesMax = 4096
    static let appMessageBytesMax = 16_384
    static let watchedUsersMax = 256
    /// `gen` counts offers of one call; ten a minute for years stay below.
    static let generationMax: Int64 = 1 << 31 - 1
}
