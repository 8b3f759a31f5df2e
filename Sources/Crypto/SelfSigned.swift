import COpenSSL

/// Certificates that nobody vouches for: the first start, tests.
package enum SelfSigned {
    /// A new P-256 key and a certificate that it signs itself, both as PEM.
    ///
    /// - Parameters:
    ///   - names: host names and addresses, the text of each as in a URL but without brackets.
    ///   - validDays: from `at` on.
    ///   - at: seconds since 1970.
    package static func make(
        names: [String], validDays: Int, at unixSeconds: UInt64
    ) throws(TLSFailure) -> (certificatePEM: [UInt8], keyPEM: [UInt8]) {
        let start = Int64(clamping: unixSeconds)
        let end = start + Int64(validDays) * 86400
        // C wants the names in one piece of memory, each with its zero.
        var text: [CChar] = []
        var offsets: [Int] = []
        for name in names {
            offsets.append(text.count)
            text += name.utf8CString
        }
        var made = false
        let pieces = CertificateText.Pieces.gather { pieces in
            text.withUnsafeBufferPointer { text in
                let pointers: [UnsafePointer<CChar>?] = offsets.map { offset in
                    text.baseAddress.map { $0 + offset }
                }
                made = pointers.withUnsafeBufferPointer { pointers in
                    ts_self_signed(
                        pointers.baseAddress, pointers.count, start, end, CertificateText.receive,
                        pieces)
                }
            }
        }
        guard made, pieces.bytes.count == 2 else {
            throw .pairRefused(chain: "a self-signed certificate", reason: TLSFailure.takeReason())
        }
        return (pieces.bytes[0], pieces.bytes[1])
    }
}
