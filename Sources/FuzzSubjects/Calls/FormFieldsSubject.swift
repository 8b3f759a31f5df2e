import WebAPI

/// Forms: what is written by the rules is read back, and any bytes are read or refused.
final class FormFieldsSubject: FuzzSubject {
    func run(_ input: Span<UInt8>) {
        let bytes = input.copied
        if let form = FormFields(bytes) { checkFirst(form, bytes) }
        checkWriting(bytes)
    }

    /// What stands before the first separator is found, as far as it holds no escapes.
    private func checkFirst(_ form: FormFields, _ bytes: [UInt8]) {
        guard let part = bytes.split(separator: UInt8(ascii: "&")).first else { return }
        let pair = part.split(
            separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        let isPlain = !part.contains(UInt8(ascii: "%")) && !part.contains(UInt8(ascii: "+"))
        guard isPlain, let name = String(validating: pair[0], as: UTF8.self) else { return }
        let value = pair.count > 1 ? String(decoding: pair[1], as: UTF8.self) : ""
        precondition(form[name] == value, "the first field is another")
    }

    /// WHATWG URL §5.2, with every third byte escaped that need not be.
    private func checkWriting(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        var written = Array("other=1&key=".utf8)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: " ") where index % 3 > 0: written.append(UInt8(ascii: "+"))
            case UInt8(ascii: "a")...UInt8(ascii: "z") where index % 3 > 0: written.append(byte)
            default: written += Self.escaped(byte)
            }
        }
        written += Array("&key=second".utf8)
        precondition(FormFields(written)?["key"] == text, "the value was not kept")
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}

extension Span where Element == UInt8 {
    /// The bytes as an array, which may be kept.
    var copied: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for position in indices { bytes.append(self[position]) }
        return bytes
    }
}
