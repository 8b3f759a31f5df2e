import Configuration

/// coturn's database, as `migrate` reads it: any bytes give rows or a refusal, always the same, and
/// never more text than a few times what the file holds.
final class SQLiteSubject: FuzzSubject {
    func run(_ input: Span<UInt8>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count)
        for index in 0..<input.count { bytes.append(input[index]) }
        let one = Self.read(bytes)
        precondition(one == Self.read(bytes), "read again it says something else")
        guard case .success(let rows) = one else { return }
        let text = rows.flatMap(\.self).reduce(0) { sum, row in
            sum + row.values.reduce(0) { $0 + $1.utf8.count }
        }
        // A number of one byte has up to four digits, a byte that is no UTF-8 becomes three; each
        // table may refer to the same pages.
        precondition(text <= 8 * Self.tables.count * (bytes.count + 64), "more than there is")
    }

    private static let tables = ["turnusers_lt", "turn_secret", "allowed_peer_ip", "sqlite_master"]

    private static func read(
        _ bytes: [UInt8]
    ) -> Result<[[[String: String]]], SQLiteFailure> {
        do throws(SQLiteFailure) {
            let file = try SQLiteFile(bytes)
            _ = try CoturnDatabase(file)
            var found: [[[String: String]]] = []
            for table in tables { found.append(try file.rows(of: table) ?? []) }
            return .success(found)
        } catch {
            precondition(!error.reason.isEmpty, "a refusal without a reason")
            return .failure(error)
        }
    }
}
