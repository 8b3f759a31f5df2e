/// A closed range of addresses of one family.
package struct AddressRange: Hashable, Sendable {
    package let lower: IPAddress
    package let upper: IPAddress

    /// Nil when the families differ or the order is wrong.
    package init?(_ lower: IPAddress, _ upper: IPAddress) {
        guard lower.family == upper.family, lower <= upper else { return nil }
        self.lower = lower
        self.upper = upper
    }

    /// The network that `address` lies in; host bits of `address` are ignored.
    /// Nil when `prefix` does not fit the family.
    package init?(_ address: IPAddress, prefix: Int) {
        guard (0...address.width).contains(prefix) else { return nil }
        let host = (UInt128.max >> UInt128(128 - address.width)) >> UInt128(prefix)
        lower = IPAddress(family: address.family, bits: address.bits & ~host)
        upper = IPAddress(family: address.family, bits: address.bits | host)
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.family == lower.family && lower <= address && address <= upper
    }
}

extension AddressRange: CustomStringConvertible {
    package var description: String { lower == upper ? "\(lower)" : "\(lower)-\(upper)" }

    /// Reads `A`, `A-B` (coturn's form) or `A/N` (CIDR).
    package init?(_ text: some StringProtocol) {
        if let slash = text.firstIndex(of: "/") {
            let digits = text[text.index(after: slash)...]
            guard let address = IPAddress(text[..<slash]), (1...3).contains(digits.utf8.count),
                digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let prefix = Int(digits)
            else { return nil }
            self.init(address, prefix: prefix)
        } else if let dash = text.firstIndex(of: "-") {
            guard let lower = IPAddress(text[..<dash]),
                let upper = IPAddress(text[text.index(after: dash)...])
            else { return nil }
            self.init(lower, upper)
        } else {
            guard let address = IPAddress(text) else { return nil }
            self.init(address, address)
        }
    }
}

extension IPAddress {
    /// The address of `family` with the given number; bits outside the family's width are cut.
    package init(family: AddressFamily, bits: UInt128) {
        switch family {
        case .ipv4: self.init(v4: UInt32(truncatingIfNeeded: bits))
        case .ipv6:
            self.init(
                v6High: UInt64(truncatingIfNeeded: bits >> 64),
                low: UInt64(truncatingIfNeeded: bits))
        }
    }
}
