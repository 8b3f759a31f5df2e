/// Memory in which one thread reads for all of its TLS sessions, one at a time.
package final class TLSScratch {
    /// What came from the socket.
    package let wire: UnsafeMutableRawBufferPointer
    /// What was in it: has room for all that one read can decrypt to.
    package let plain: UnsafeMutableRawBufferPointer
    /// What is to go to the other side.
    package let output = TLSOutput()

    /// - Parameter readBytes: what one read takes at most.
    package init(readBytes: Int) {
        wire = .allocate(byteCount: readBytes, alignment: 8)
        plain = .allocate(byteCount: readBytes + TLSSession.plainMargin, alignment: 8)
    }

    deinit {
        wire.deallocate()
        plain.deallocate()
    }
}
