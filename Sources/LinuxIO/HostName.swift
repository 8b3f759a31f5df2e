import CLinux
package import Primitives

/// Host names, as the system resolves them (`/etc/hosts`, name servers).
package enum HostName {
    /// A name has no usable address; the text is the system's.
    package struct Failure: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// More addresses of one name than a client would try.
    private static let addressesMax = 16

    /// The addresses of a name, or of the text of an address, in the order in which to try them.
    ///
    /// Blocks the calling thread for as long as the name servers take, which may be half a minute.
    package static func addresses(
        of host: String, port: UInt16
    ) throws(Failure) -> [TransportAddress] {
        var found = [ts_address](repeating: ts_address(), count: addressesMax)
        var reason: UnsafePointer<CChar>?
        let count = ts_resolve(host, port, &found, Int32(addressesMax), &reason)
        guard count > 0 else {
            let text = reason.map { String(cString: $0) } ?? "no reason given"
            throw Failure(description: text)
        }
        return found.prefix(Int(count)).compactMap { TransportAddress($0) }
    }
}
