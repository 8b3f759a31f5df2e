/// What can be said about the records of a datagram before they are decrypted.
package enum DTLSRecords {
    /// RFC 6347 §4.1: type, version, epoch, sequence number, length.
    private static let headerLength = 13

    /// How many records are of a later epoch than the first, so encrypted. OpenSSL keeps those that
    /// come before their keys, each with a buffer of 17 KiB.
    package static func protectedCount(in datagram: UnsafeRawBufferPointer) -> Int {
        var count = 0
        var offset = 0
        while datagram.count - offset >= headerLength {
            if datagram[offset + 3] != 0 || datagram[offset + 4] != 0 { count += 1 }
            let length = Int(datagram[offset + 11]) << 8 | Int(datagram[offset + 12])
            offset += headerLength + length
        }
        return count
    }
}
